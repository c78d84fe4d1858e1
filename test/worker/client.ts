import { env, exports } from "cloudflare:workers";
import { expect } from "vitest";
import type * as z from "zod";
import type { ErrorCode } from "../../protocol/error-code.ts";
import { ERROR_STATUS } from "../../protocol/error-code.ts";
import { orderBook } from "../../protocol/market-data.ts";
import { placedOrder } from "../../protocol/order-entry.ts";
import { problem } from "../../protocol/problem.ts";
import { expectDocumented } from "./documented.ts";

/** An answer with its body. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Sends a request to the worker as a client would. An error that it gets must be in the API's document. */
export async function send(path: string, init: RequestInit = {}): Promise<Reply> {
  const response = await exports.default.fetch(`http://venue.test${path}`, init);
  const { status, headers } = response;
  const text = await response.text();
  if (headers.get("content-type") === "application/problem+json")
    expectDocumented(init.method ?? "GET", path, status, text);
  return { status, headers, text };
}

export function get(path: string): Promise<Reply> {
  return send(path);
}

/** Posts JSON. A string is sent verbatim, so that a test can send what no serializer would write. */
export function post(path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Reply> {
  if (body === undefined) return send(path, { method: "POST", headers });
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return send(path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: text,
  });
}

/** The body of a successful answer, checked against the schema in the API's document. */
export function read<T extends z.ZodType>(reply: Reply, status: number, schema: T): z.output<T> {
  expect(reply.status, reply.text).toBe(status);
  expect(reply.headers.get("content-type")).toBe("application/json; charset=utf-8");
  return schema.parse(JSON.parse(reply.text));
}

/** The body of an error answer, checked against its schema, and its status against its code. */
export function readProblem(reply: Reply): z.output<typeof problem> {
  expect(reply.headers.get("content-type"), reply.text).toBe("application/problem+json");
  const body = problem.parse(JSON.parse(reply.text));
  expect([reply.status, body.status]).toEqual([ERROR_STATUS[body.code], ERROR_STATUS[body.code]]);
  return body;
}

export function expectProblem(reply: Reply, code: ErrorCode, field?: string): void {
  const body = readProblem(reply);
  expect({ code: body.code, field: body.field }, body.detail).toEqual({ code, field });
  if (field !== undefined) expect(body.detail).toContain(field);
}

/** A valid order. Tests change the fields that they are about. */
export const ORDER = {
  client_id: "client-A",
  instrument: "BTC-USD",
  side: "buy",
  type: "limit",
  price: "50000.00",
  quantity: "0.5",
} as const;

/** Places an order that must be accepted. A sell has another client, since no client trades with itself. */
export async function place(change: Record<string, unknown> = {}): Promise<z.output<typeof placedOrder>> {
  const client_id = change.side === "sell" ? "client-B" : ORDER.client_id;
  return read(await post("/orders", { ...ORDER, client_id, ...change }), 201, placedOrder);
}

/** Places a market order that must be accepted. */
export function placeMarket(side: "buy" | "sell", quantity: string) {
  return place({ side, type: "market", price: undefined, quantity, client_id: "client-M" });
}

export async function book(query = ""): Promise<z.output<typeof orderBook>> {
  return read(await get(`/public/orderbook${query}`), 200, orderBook);
}

/** The stub of an instrument's object, without the worker. */
export function objectOf(instrument = "BTC-USD") {
  return env.INSTRUMENT.getByName(instrument);
}

/** Checks that the live book, the journal's fold and the restored book are equal. */
export async function expectOneState(): Promise<void> {
  const { liveHash, foldHash, restoredHash } = await objectOf().verify();
  expect([foldHash, restoredHash]).toEqual([liveHash, liveHash]);
}
