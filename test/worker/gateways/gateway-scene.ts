import { createExecutionContext, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { gatewayName } from "../../../durable-objects/calls/order-gateways.ts";
import type { Gateway } from "../../../durable-objects/gateway/gateway.ts";
import worker from "../../../worker/index.ts";
import type { Reply } from "../client.ts";

export const GATEWAYS = 2;
const JSON_TYPE = { "content-type": "application/json" };

/** Sends a request to a worker that calls its instruments through gateways. */
export async function send(path: string, init: RequestInit = {}, gateways = GATEWAYS): Promise<Reply> {
  const request = new Request(`http://venue.test${path}`, init);
  const bindings = { ...env, ORDER_GATEWAYS: String(gateways) };
  const response = await worker.fetch(request, bindings, createExecutionContext());
  return { status: response.status, headers: response.headers, text: await response.text() };
}

export function post(path: string, body: unknown = {}, gateways = GATEWAYS): Promise<Reply> {
  return send(path, { method: "POST", headers: JSON_TYPE, body: JSON.stringify(body) }, gateways);
}

export async function bodyOf(reply: Reply | Promise<Reply>) {
  return JSON.parse((await reply).text);
}

/** A client whose orders go through the gateway with an index. */
export function clientOf(index: number, prefix = "client"): string {
  for (let at = 0; ; at++)
    if (gatewayName(`${prefix}-${at}`, GATEWAYS) === `anywhere/${index}`) return `${prefix}-${at}`;
}

/** The stub of a gateway, which stays valid after the gateway was aborted. */
export function gateway(index: number) {
  return env.GATEWAY.getByName(`anywhere/${index}`);
}

/** Runs a function within a gateway. */
export function inGateway<R>(
  index: number,
  run: (object: Gateway, state: DurableObjectState) => R | Promise<R>,
): Promise<R> {
  const stub = gateway(index) as unknown as DurableObjectStub<Gateway>;
  return runInDurableObject(stub, run);
}
