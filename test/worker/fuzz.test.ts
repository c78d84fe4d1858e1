import { reset } from "cloudflare:test";
import { beforeEach, describe, expect, test } from "vitest";
import { Random } from "../support/random.ts";
import { book, get, ORDER, objectOf, place, type Reply, readProblem, send } from "./client.ts";

beforeEach(reset);

const REQUESTS_PER_SEED = 5_000;
const STATUSES = [200, 201, 400, 401, 404, 405, 409, 413, 415, 422, 426, 503];

interface Operation {
  readonly path: string;
  readonly method: string;
  readonly parameters: readonly { readonly name: string; readonly isRequired: boolean }[];
  readonly fields: readonly string[];
}

/** The operations in the API's own document. */
async function operations(): Promise<Operation[]> {
  const document = JSON.parse((await get("/openapi.json")).text);
  const { oneOf } = document.components.schemas.PlaceOrderRequest;
  return Object.entries<
    Record<string, { parameters?: { name: string; in: string; required?: boolean }[]; requestBody?: object }>
  >(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, { parameters = [], requestBody }]) => ({
      path,
      method: method.toUpperCase(),
      parameters: parameters
        .filter((each) => each.in === "query")
        .map(({ name, required = false }) => ({ name, isRequired: required })),
      fields: requestBody === undefined ? [] : Object.keys(oneOf[0].properties),
    })),
  );
}

const TEXTS = [
  "",
  "0",
  "-1",
  "1e3",
  "NaN",
  "null",
  "x".repeat(300),
  "é",
  "\u0000",
  "'; --",
  "../..",
  "<b>",
  "BTC-USD",
  "buy",
];
const LITERALS = [
  "null",
  "true",
  "[]",
  "{}",
  "0",
  "-0",
  "-1",
  "1e3",
  "1e999",
  "1e-7",
  "0.1",
  "50000",
  "9007199254740993",
  '{"__proto__":1}',
  "[[[[[[[[[1]]]]]]]]]",
  '"limit"',
  '"market"',
  '"sell"',
  "1.",
  "NaN",
  "",
  '"\\ud800"',
  "99999999999",
];

/** Makes requests that are valid except for some mutations. */
class Fuzzer {
  readonly #random: Random;
  readonly #operations: readonly Operation[];
  readonly orderIds: string[];

  constructor(random: Random, all: readonly Operation[], orderIds: string[]) {
    this.#random = random;
    this.#operations = all;
    this.orderIds = orderIds;
  }

  next(): { path: string; init: RequestInit } {
    const random = this.#random;
    const posts = this.#operations.filter(({ fields }) => fields.length > 0);
    const operation = random.pick(random.chance(0.6) ? posts : this.#operations);
    const method = random.chance(0.05)
      ? random.pick(["PUT", "DELETE", "PATCH", "GET", "POST"])
      : operation.method;
    const path = this.#path(operation) + this.#query(operation);
    if (method === "GET") return { path, init: { method } };
    const type = random.chance(0.05)
      ? random.pick(["text/plain", "application/jsonx", "*/*"])
      : "application/json";
    const init: RequestInit = { method, headers: { "content-type": type } };
    if (operation.fields.length > 0 || random.chance(0.1)) init.body = this.#body(operation.fields);
    return { path, init };
  }

  #path({ path }: Operation): string {
    const random = this.#random;
    const id = random.chance(0.6) ? random.pick(this.orderIds) : encodeURIComponent(random.pick(TEXTS));
    const filled = path.replace(/\{(order|client)_id\}/, random.chance(0.2) ? this.#mutate(id) : id);
    return random.chance(0.05)
      ? `${filled}/`
      : random.chance(0.03)
        ? filled + random.pick(["/x", "//", "%"])
        : filled;
  }

  #query({ parameters }: Operation): string {
    const random = this.#random;
    // With many parameters most requests are invalid, so sometimes only the required ones are sent.
    const chance = random.pick([0, 0.5]);
    const chosen = parameters.filter(({ isRequired }) => random.chance(isRequired ? 0.9 : chance));
    const pairs = chosen.map(({ name }) => `${name}=${encodeURIComponent(random.pick(TEXTS))}`);
    return pairs.length === 0 ? "" : `?${pairs.join(random.pick(["&", "&&", "&x=1&"]))}`;
  }

  #body(fields: readonly string[]): string | Uint8Array {
    const random = this.#random;
    const valid: Record<string, string> = Object.fromEntries(
      Object.entries(ORDER).map(([name, value]) => [name, JSON.stringify(value)]),
    );
    valid.price = String(random.between(90, 110));
    for (let count = random.below(4); count > 0 && fields.length > 0; count--) {
      const name = random.pick([...fields, "extra"]);
      if (random.chance(0.2)) delete valid[name];
      else valid[name] = random.chance(0.5) ? random.pick(LITERALS) : JSON.stringify(random.pick(TEXTS));
    }
    const text = `{${Object.entries(valid)
      .map(([name, value]) => `"${name}":${value}`)
      .join(",")}}`;
    if (random.chance(0.02)) return text.padEnd(17_000);
    if (random.chance(0.1)) return this.#mutate(text);
    if (random.chance(0.05))
      return new Uint8Array([...new TextEncoder().encode(text), random.between(128, 255)]);
    return text;
  }

  /** The text with one character removed, doubled or replaced. */
  #mutate(text: string): string {
    const random = this.#random;
    const at = random.below(Math.max(1, text.length));
    const middle = random.pick([
      "",
      text.charAt(at).repeat(2),
      random.pick(["0", "f", '"', ":", "{", "\\", "é"]),
    ]);
    return text.slice(0, at) + middle + text.slice(at + 1);
  }
}

function expectOrderly(reply: Reply, what: string): void {
  expect(STATUSES, `${what}: ${reply.status} ${reply.text.slice(0, 300)}`).toContain(reply.status);
  if (reply.status < 400) return;
  const { detail } = readProblem(reply);
  expect(detail, what).not.toMatch(/\bat \w+ \(|Error|\.ts\b|SELECT|INSERT|undefined|\[object/);
}

describe.each([301, 302, 303])("requests of seed %i", (seed) => {
  test("are answered or refused properly, and never make the book differ from its journal", async () => {
    const random = new Random(seed);
    const orderIds = [(await place({ price: "100" })).order_id, crypto.randomUUID()];
    const fuzzer = new Fuzzer(random, await operations(), orderIds);
    const statuses = new Map<number, number>();
    for (let index = 0; index < REQUESTS_PER_SEED; index += 10) {
      const batch = Array.from({ length: 10 }, () => fuzzer.next());
      const replies = await Promise.all(batch.map(({ path, init }) => send(path, init)));
      replies.forEach((reply, at) => {
        const { path, init } = batch[at] ?? { path: "", init: {} };
        expectOrderly(reply, `seed ${seed}: ${init.method} ${path} ${String(init.body)}`);
        statuses.set(reply.status, (statuses.get(reply.status) ?? 0) + 1);
        if (reply.status === 201) orderIds.push(JSON.parse(reply.text).order_id);
      });
    }
    expect([...statuses.keys()].sort(), "each kind of answer comes up").toEqual(STATUSES);
    const { liveHash, foldHash, restoredHash } = await objectOf().verify();
    expect([foldHash, restoredHash], `seed ${seed}`).toEqual([liveHash, liveHash]);
    expect((await book()).sequence).toBeGreaterThan(0);
  });
});
