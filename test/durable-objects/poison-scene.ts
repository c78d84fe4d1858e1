import { health } from "../../protocol/health.ts";
import { operatorStatus } from "../../protocol/operation.ts";
import { get, ORDER, read, send } from "../worker/client.ts";
import { execute, line, object, statusOf } from "./flow.ts";

export const HEADERS = { authorization: "Bearer test-token" };
export const POISON = { ...ORDER, client_id: "poison", idempotency_key: "k" };
export const poisonLine = (client = "poison") => line({ client, key: "k", price: "50000", quantity: "0.5" });

/** Makes storage reject every client with a matching name from now on. */
export const breakClients = (pattern = "poison%") =>
  execute(`CREATE TRIGGER broken BEFORE INSERT ON clients WHEN NEW.client_id LIKE '${pattern}'
    BEGIN SELECT RAISE(ABORT, 'injected'); END`);
export const mend = () => execute("DROP TRIGGER broken");

/** Submits the lines one after another, whatever their outcome. */
export async function submitEach(lines: readonly string[]) {
  const outcomes: string[] = [];
  for (const text of lines)
    outcomes.push(
      await object()
        .submit(text)
        .catch(() => "end"),
    );
  return outcomes.map((outcome) => (outcome === "end" ? outcome : statusOf(outcome)));
}

export async function operate(operation: string) {
  const path = `/admin/instruments/BTC-USD/${operation}`;
  const method = operation === "status" ? "GET" : "POST";
  return read(await send(path, { method, headers: HEADERS }), 200, operatorStatus);
}

export async function healthOf() {
  const reply = await get("/healthz");
  const { instruments } = health.parse(JSON.parse(reply.text));
  const { status, quarantined_requests, trading_status_reason } = instruments[0] ?? {};
  return [reply.status, status, quarantined_requests, trading_status_reason];
}
