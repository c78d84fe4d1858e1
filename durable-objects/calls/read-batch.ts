import type { BatchBody } from "../../protocol/batch-request.ts";
import type { Problem } from "../../protocol/error-code.ts";
import { Refusal } from "../../protocol/refusal.ts";
import type { BatchCall, PlaceCall } from "./call.ts";
import { readEntry } from "./read-order.ts";

/**
 * Parses a batch and its entries. The object rejects an invalid entry in its turn.
 *
 * @param checkEntry throws a Refusal of the whole batch if an entry places an order that must not be placed.
 * @throws Refusal if the batch itself is invalid, or for the first invalid entry of an atomic batch.
 */
export async function readBatch(
  body: BatchBody,
  checkEntry: (order: PlaceCall, index: number) => void = () => {},
): Promise<BatchCall> {
  const { client_id, idempotency_key, atomic = false } = body;
  const isBrief = body.answers === "brief";
  if (idempotency_key !== undefined && client_id === undefined) {
    const detail = "client_id is required with an idempotency_key of the batch";
    throw new Refusal({ code: "missing_field", field: "client_id", detail });
  }
  const keyProblem = whyNoOwnKeys(body);
  const entries = body.entries.map((input, index): BatchCall["entries"][number] => {
    const entry = readEntry(input, client_id);
    if (entry.kind !== "place") return entry;
    checkEntry(entry, index);
    if (keyProblem === undefined || entry.idempotencyKey === null) return entry;
    return { kind: "unread", problem: keyProblem };
  });
  for (const [index, entry] of atomic ? entries.entries() : [])
    if (entry.kind === "unread") throw new Refusal({ ...entry.problem, entry: index });
  const asked = isBrief ? [atomic, entries, "brief"] : [atomic, entries];
  return {
    kind: "batch",
    isAtomic: atomic,
    isBrief,
    entries,
    clientId: client_id ?? null,
    idempotencyKey: idempotency_key ?? null,
    identity: idempotency_key === undefined ? "" : await digest(JSON.stringify(asked)),
  };
}

/**
 * Why entries may not have keys. The key of an entry stores the answer that the order would have had on its
 * own.
 */
function whyNoOwnKeys({ atomic, answers }: BatchBody): Problem | undefined {
  const field = "idempotency_key";
  const obstacle = atomic === true ? "atomic" : answers === "brief" ? 'answers "brief"' : undefined;
  if (obstacle === undefined) return undefined;
  const detail = `${field} is not allowed with ${obstacle}: only the batch itself may have one`;
  return { code: "invalid_value", field, detail };
}

async function digest(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `batch ${Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
