import { afterEach, expect, test, vi } from "vitest";
import { answer, problemAnswer, readAnswer } from "../../durable-objects/calls/answer.ts";
import { type BatchCall, writeLine } from "../../durable-objects/calls/call.ts";
import { amendCall, placeCall } from "../../durable-objects/calls/call-of-body.ts";
import { readBatch } from "../../durable-objects/calls/read-batch.ts";
import { readEntry, readOrder } from "../../durable-objects/calls/read-order.ts";
import type { Session } from "../../durable-objects/feed/session.ts";
import { OrderOps } from "../../durable-objects/instrument/socket-orders.ts";
import { type BatchBody, batchBody, batchEntry } from "../../protocol/batch-request.ts";
import type { Problem } from "../../protocol/error-code.ts";
import { feedRequest, type OrderOp } from "../../protocol/feed/feed-request.ts";
import type { InstrumentSpec } from "../../protocol/instrument-spec.ts";
import { JsonError, NumberLiteral, readJson } from "../../protocol/json.ts";
import { placeOrderRequest } from "../../protocol/order-request.ts";
import { Refusal } from "../../protocol/refusal.ts";
import { problemOf, readerOf, validate } from "../../protocol/validate.ts";
import { readBody } from "../../worker/http/body.ts";
import { Random } from "../support/random.ts";
import { drawBatchText, drawOrderText } from "./order-texts.ts";

const SEED = 20_311_128;
const SPEC = { instrument: "BTC-USD" } as InstrumentSpec;
const CLIENT = "alice";

/** The result of a text over one transport: a line for an instrument, or the body of a refusal. */
type Read = { readonly instrument: string; readonly line: string } | { readonly refused: string };

async function attempt(read: () => Promise<Read> | Read): Promise<Read> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Refusal) return refusedBy(error.problem);
    if (!(error instanceof JsonError)) throw error;
    const detail = `the body cannot be read: ${error.message}`;
    return refusedBy({ code: "malformed_json", detail });
  }
}

function refusedBy(problem: Problem): Read {
  return { refused: readAnswer(problemAnswer(problem)).body };
}

/** Compares one transport with the schema alone on many texts. @returns the counts of the outcomes. */
async function compare(
  rounds: number,
  draw: (random: Random) => string,
  door: (text: string) => Promise<Read>,
  bySchema: (text: string) => Promise<Read>,
): Promise<Map<string, number>> {
  const random = new Random(SEED);
  const counts = new Map<string, number>();
  for (let round = 0; round < rounds; round++) {
    const text = draw(random);
    const [read, expected] = [await attempt(() => door(text)), await attempt(() => bySchema(text))];
    expect(JSON.stringify(read), text).toBe(JSON.stringify(expected));
    const outcome = "refused" in expected ? JSON.parse(expected.refused).code : "read";
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  }
  return counts;
}

afterEach(() => vi.restoreAllMocks());

test("a plain order is read without its schema, any other with it", () => {
  const schemas = [vi.spyOn(placeOrderRequest, "safeParse"), vi.spyOn(batchEntry, "safeParse")];
  const asked = () => schemas.map(({ mock }) => mock.calls.length);
  const limit = { side: "buy", type: "limit", price: "1", quantity: new NumberLiteral("2") };
  const market = { side: "sell", type: "market", quantity: "2", client_order_id: "c", idempotency_key: "k" };
  for (const order of [limit, market]) {
    readOrder({ client_id: CLIENT, ...SPEC, ...order });
    expect(readEntry({ action: "place", ...order }, CLIENT)).toMatchObject({ clientId: CLIENT });
    expect(readEntry({ action: "place", client_id: "bob", ...order }, CLIENT)).toMatchObject({
      clientId: "bob",
    });
  }
  expect(asked()).toEqual([0, 0]);
  readOrder({ client_id: CLIENT, ...SPEC, ...limit, post_only: true });
  readEntry({ action: "place", ...limit, post_only: true }, CLIENT);
  expect(asked()).toEqual([1, 1]);
});

const CODES = ["invalid_value", "missing_field", "unknown_field", "wrong_type"];

function expectAll(counts: Map<string, number>, ...outcomes: string[]): void {
  for (const outcome of outcomes)
    expect(counts.get(outcome), `${outcome} of ${JSON.stringify([...counts])}`).toBeGreaterThan(20);
}

test(`an order over HTTP is read as its schema reads it, seed ${SEED}`, async () => {
  const counts = await compare(
    3_000,
    drawOrderText,
    async (text) => {
      const { instrument, request } = await readBody(httpRequest(text), readOrder);
      expect(Object.keys(request)).toEqual(REQUEST_KEYS);
      return { instrument, line: writeLine(request) };
    },
    async (text) => {
      const order = validate(readJson(text), placeOrderRequest);
      return { instrument: order.instrument, line: writeLine(placeCall(order, order.client_id)) };
    },
  );
  expectAll(counts, "read", "malformed_json", ...CODES);
});

/** The text of its orders, whose keys have an order, distinguishes a batch under a key from another. */
const REQUEST_KEYS = [
  "kind",
  "clientId",
  "side",
  "type",
  "idempotencyKey",
  "clientOrderId",
  "price",
  "quantity",
  "terms",
];

function httpRequest(body: string): Request {
  const headers = { "content-type": "application/json" };
  return new Request("http://venue/orders", { method: "POST", headers, body });
}

test(`an order over a socket is read as its schema reads it, seed ${SEED}`, async () => {
  const counts = await compare(
    3_000,
    (random) => `{"op":"place","body":${drawOrderText(random)}}`,
    overSocket,
    async (text) => {
      const { body } = validate(readJson(text), feedRequest) as OrderOp & { op: "place" };
      const order = validate({ client_id: CLIENT, instrument: SPEC.instrument, ...body }, placeOrderRequest);
      if (order.client_id !== CLIENT) throw forbidden("client_id");
      if (order.instrument !== SPEC.instrument) throw elsewhere();
      return { instrument: SPEC.instrument, line: writeLine(placeCall(order, CLIENT)) };
    },
  );
  expectAll(counts, "read", "malformed_json", "forbidden", "instrument_unknown", ...CODES);
});

/** The line that an instrument gets from a message, or the answer to the message. */
async function overSocket(text: string): Promise<Read> {
  const op = validate(readJson(text), feedRequest) as OrderOp;
  const lines: string[] = [];
  const submit = (line: string) => {
    lines.push(line);
    return answer(200, "{}");
  };
  const ops = new OrderOps(SPEC, { submit, cancelAfter: () => answer(200, "{}") });
  const session = { inbox: Promise.resolve(), tail: Promise.resolve(), attachment: { clientId: CLIENT } };
  const given = await new Promise<string>((resolve) => ops.run(session as unknown as Session, op, resolve));
  const [line] = lines;
  if (line !== undefined) return { instrument: SPEC.instrument, line };
  return { refused: readAnswer(given).body };
}

function forbidden(field: string): Refusal {
  return new Refusal({ code: "forbidden", field, detail: `this connection is for ${CLIENT}` });
}

function elsewhere(): Refusal {
  const detail = `this connection is for ${SPEC.instrument}`;
  return new Refusal({ code: "instrument_unknown", field: "instrument", detail });
}

test(`the entries of a batch are read as their schema reads them, seed ${SEED}`, async () => {
  const outcomes = new Map<string, number>();
  const counts = await compare(
    1_000,
    drawBatchText,
    async (text) => {
      const body = await readBody(httpRequest(text), readerOf(batchBody));
      return { instrument: body.instrument, line: writeLine(await readBatch(body)) };
    },
    async (text) => {
      const body = validate(readJson(text), batchBody);
      const entries = entriesBySchema(body, outcomes);
      return { instrument: body.instrument, line: await lineOf(body, entries) };
    },
  );
  expectAll(counts, "read", "malformed_json", ...CODES);
  expectAll(outcomes, "place", "amend", ...CODES);
});

test(`a batch over a socket places no order for another client, seed ${SEED}`, async () => {
  const counts = await compare(
    1_000,
    (random) => `{"op":"batch","body":${drawBatchText(random)}}`,
    overSocket,
    async (text) => {
      const { body: own } = validate(readJson(text), feedRequest) as OrderOp & { op: "batch" };
      const body = validate({ client_id: CLIENT, instrument: SPEC.instrument, ...own }, batchBody);
      if (body.client_id !== CLIENT) throw forbidden("client_id");
      for (const [index, input] of body.entries.entries()) {
        const { data } = batchEntry.safeParse(input);
        if (data?.action === "place" && (data.client_id ?? CLIENT) !== CLIENT)
          throw forbidden(`entries.${index}.client_id`);
      }
      return { instrument: body.instrument, line: await lineOf(body, entriesBySchema(body, new Map())) };
    },
  );
  expectAll(counts, "read", "forbidden", "missing_field", "wrong_type");
});

type Entries = BatchCall["entries"];

/** @throws Refusal of an atomic batch, with that of its first invalid entry. */
function entriesBySchema(body: BatchBody, outcomes: Map<string, number>): Entries {
  const { client_id, idempotency_key, atomic } = body;
  if (idempotency_key !== undefined && client_id === undefined) {
    const detail = "client_id is required with an idempotency_key of the batch";
    throw new Refusal({ code: "missing_field", field: "client_id", detail });
  }
  return body.entries.map((input, entry) => {
    const read = entryBySchema(body, input);
    const outcome = read.kind === "unread" ? read.problem.code : read.kind;
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    if (read.kind === "unread" && atomic === true) throw new Refusal({ ...read.problem, entry });
    return read;
  });
}

function entryBySchema({ client_id, atomic, answers }: BatchBody, input: unknown): Entries[number] {
  const value = input instanceof NumberLiteral ? Number(input.source) : input;
  const { data, error } = batchEntry.safeParse(value);
  if (data === undefined) return { kind: "unread", problem: problemOf(input, error?.issues ?? []) };
  if (data.action === "cancel") return { kind: "cancel", orderId: data.order_id };
  const unread = (problem: Problem) => ({ kind: "unread", problem }) as const;
  if (data.action === "amend") {
    const detail = "price, stop_price or quantity is required";
    const isEmpty = [data.price, data.stop_price, data.quantity].every((value) => value === undefined);
    if (isEmpty) return unread({ code: "missing_field", field: "quantity", detail });
    return amendCall(data.order_id, data);
  }
  const owner = data.client_id ?? client_id;
  if (owner === undefined)
    return unread({ code: "missing_field", field: "client_id", detail: "client_id is required" });
  const obstacle = atomic === true ? "atomic" : answers === "brief" ? 'answers "brief"' : undefined;
  if (data.idempotency_key === undefined || obstacle === undefined) return placeCall(data, owner);
  const field = "idempotency_key";
  const detail = `${field} is not allowed with ${obstacle}: only the batch itself may have one`;
  return unread({ code: "invalid_value", field, detail });
}

async function lineOf(body: BatchBody, entries: Entries): Promise<string> {
  const isBrief = body.answers === "brief";
  const isAtomic = body.atomic ?? false;
  const { client_id: clientId = null, idempotency_key: idempotencyKey = null } = body;
  const request = (identity: string): BatchCall => {
    return { kind: "batch", isAtomic, isBrief, entries, clientId, idempotencyKey, identity };
  };
  if (idempotencyKey === null) return writeLine(request(""));
  const text = JSON.stringify(isBrief ? [isAtomic, entries, "brief"] : [isAtomic, entries]);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  const hexadecimal = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return writeLine(request(`batch ${hexadecimal}`));
}
