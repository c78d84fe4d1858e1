import { evictDurableObject, reset, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { writeLine } from "../../../durable-objects/calls/call.ts";
import type { InstrumentDoor } from "../../../durable-objects/calls/instrument-calls.ts";
import { parseOrderId } from "../../../protocol/order-id.ts";
import { Random } from "../../support/random.ts";
import { bodyOf, line, object, selectOne, statusOf, verified } from "../flow.ts";
import { CallLink, closeLinks, kindOf } from "./link-scene.ts";

beforeEach(reset);
afterEach(() => {
  closeLinks();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const WORD = 'naïve 「値」 \u2028 \t \n \r \\ " \u0000 \u{1f980}';

/** A call of every kind, in this order. The table has each method of a door, or it does not compile. */
const CALLS: { readonly [M in keyof InstrumentDoor]: (door: InstrumentDoor) => Promise<unknown> } = {
  submit: async (door) => [
    await door.submit(line({ key: "k1", side: "sell" })),
    await door.submit(line({ key: "k1", side: "sell" }), 1),
    await door.submit(line({ client: WORD, quantity: "0.25" })),
    await door.submit(line({ quantity: "0" })),
    await door.submit(writeLine({ kind: "cancel", orderId: WORD })),
    await door.submit(writeLine({ kind: "cancel_all", clientId: "client-B", side: null })),
    await door.submit(line({ client: WORD, price: "1" })),
  ],
  readBook: (door) => door.readBook(10),
  readTrades: (door) =>
    Promise.all([
      door.readTrades(5),
      door.readTrades(5, undefined),
      door.readTrades(5, 1),
      door.readTrades(5, 2),
    ]),
  readOrder: async (door) => {
    const order_id = bodyOf(await door.submit(line({ side: "sell", price: "7777" }))).order_id;
    const identity = parseOrderId(order_id);
    if (identity === undefined) throw new Error(`${order_id} is no order's id`);
    const range = { limit: 5, before: Number.MAX_SAFE_INTEGER, through: Number.MAX_SAFE_INTEGER, after: 0 };
    return Promise.all([
      door.readOrder(identity),
      door.readOrder(identity, undefined),
      door.readOrder(identity, range),
      door.readOrder({ ...identity, orderNumber: 999_999 }),
    ]);
  },
  readOpenOrders: (door) =>
    Promise.all([
      door.readOpenOrders({ clientId: WORD, limit: 10, before: undefined }),
      door.readOpenOrders({ clientId: WORD, limit: 10, before: "ffffffff-ffff-8fff-bfff-ffffffffffff" }),
    ]),
  readByClientOrderId: (door) => door.readByClientOrderId(WORD, WORD),
  readStatus: (door) => door.readStatus(),
  readAnalytics: (door) =>
    Promise.all([
      door.readAnalytics({ kind: "ticker" }),
      door.readAnalytics({ kind: "client", clientId: WORD }),
    ]),
  readMetrics: async (door) => withoutTimes(await door.readMetrics()),
  readHealth: async (door) => withoutTimes(await door.readHealth()),
  refreshMirror: (door) => door.refreshMirror(),
  operate: async (door) => [
    await door.operate("status"),
    await door.operate("freeze", undefined),
    await door.operate("unfreeze"),
    await door.operate("verify"),
    await door.operate("rebuild", WORD),
  ],
  cancelAfter: (door) => door.cancelAfter(WORD, 60),
};

function withoutTimes(reading: Awaited<ReturnType<InstrumentDoor["readMetrics"]>>) {
  return { ...reading, startedMs: 0, restoreMs: 0, storageBytes: 0, latencyMs: 0 };
}

/** The results of all calls on a new venue. */
async function results(door: InstrumentDoor): Promise<Record<string, unknown>> {
  const all: Record<string, unknown> = {};
  for (const [method, call] of Object.entries(CALLS)) all[method] = await call(door);
  return all;
}

test("a call of every kind over a link gives exactly what the stub gives", async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
  const direct = await results(object());
  await reset();
  const linked = await results(new CallLink().door);
  expect(linked).toEqual(direct);
  expect(JSON.stringify(linked.readTrades)).toContain('\\"trade_id\\":1');
  expect(JSON.stringify(linked.submit)).toContain("201R");
});

test("many calls in one frame share a flush and come back in one message, each with its own answer", async () => {
  const { door, link, frames } = new CallLink();
  await link.open();
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, index) => door.submit(line({ client: `client-${index}` }))),
  );
  expect(answers.map((answer) => bodyOf(answer).client_id)).toEqual(
    Array.from({ length: 100 }, (_, index) => `client-${index}`),
  );
  expect(link.counts).toEqual({ calls: 100, frames: 1, reconnects: 0 });
  expect(frames).toHaveLength(1);
  expect((await object().readMetrics()).flushCommands.count).toBe(1);
  expect(await selectOne("SELECT count(*) AS count FROM events")).toEqual({ count: 1 });
});

test("the calls of a frame keep their order", async () => {
  const { door } = new CallLink();
  const answers = await Promise.all(Array.from({ length: 300 }, () => door.submit(line())));
  const sequences = answers.map((answer) => bodyOf(answer).sequence);
  expect(sequences).toEqual(sequences.map((_, index) => 1 + 2 * index));
});

test("a call that fails leaves its neighbours alone, and its outcome is unknown", async () => {
  const { door, link } = new CallLink();
  const wrong = link.call("readOpenOrders\t[]");
  const outcomes = await Promise.allSettled([door.submit(line()), wrong, door.readBook(1)]);
  expect(outcomes.map(kindOf)).toEqual(["done", "unknown", "done"]);
  expect(statusOf(await door.submit(line()))).toBe(201);
  expect(link.counts.reconnects).toBe(0);
});

test("answers of several megabytes arrive whole, and the frames beside them too", async () => {
  const { door, frames } = new CallLink();
  const entries = Array.from({ length: 1_000 }, (_, index) => ({
    kind: "cancel" as const,
    orderId: `${index}`.padEnd(900, "x"),
  }));
  const batch = writeLine({
    ...{ kind: "batch", isAtomic: false, isBrief: false, clientId: null, idempotencyKey: null },
    ...{ identity: "large", entries },
  });
  const calls = [door.submit(batch, entries.length), door.submit(line()), door.submit(batch, entries.length)];
  const [large = "", small = "", again] = await Promise.all(calls);
  expect(bodyOf(large).results).toHaveLength(1_000);
  expect(statusOf(small)).toBe(201);
  expect(again).toBe(large);
  expect(Math.max(...frames.map(({ length }) => length))).toBeGreaterThanOrEqual(large.length);
});

test("what a link does not know is left to the stub", async () => {
  const { link } = new CallLink();
  for (const method of ["verify", "ring", "alarm", "fetch", "constructor", "__proto__"])
    await expect(link.call(`${method}\t[]`), method).rejects.toThrow("broke");
});

test.each([7, 8])("random calls of seed %i over three links agree with the book", async (seed) => {
  const random = new Random(seed);
  const links = [new CallLink(), new CallLink(), new CallLink()];
  const placed: string[] = [];
  for (let step = 0; step < 40; step++) {
    const lines = Array.from({ length: random.between(1, 20) }, () =>
      placed.length > 0 && random.chance(0.3)
        ? writeLine({ kind: "cancel", orderId: random.pick(placed) })
        : line({
            client: `client-${random.below(5)}`,
            side: random.pick(["buy", "sell"]),
            price: `${random.between(95, 105)}`,
          }),
    );
    const answers = await Promise.all(lines.map((text) => random.pick(links).door.submit(text)));
    for (const answer of answers) if (statusOf(answer) === 201) placed.push(bodyOf(answer).order_id);
    const [one, other] = await Promise.all([links[0]?.door.readBook(1_000), object().readBook(1_000)]);
    expect(one, `seed ${seed}, step ${step}`).toBe(other);
    if (random.chance(0.2)) await evictDurableObject(object(), { webSockets: "hibernate" });
  }
  await verified(`seed ${seed}`);
  for (const { link } of links) expect(link.counts.reconnects, `seed ${seed}`).toBe(0);
  const open = await runInDurableObject(object(), (_, state) => state.getWebSockets("link").length);
  expect(open).toBe(3);
});
