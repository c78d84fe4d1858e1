import { evictDurableObject, reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Journal } from "../../durable-objects/journal/journal.ts";
import { eventsRetained } from "../../durable-objects/journal/journal-limit.ts";
import { Pruner } from "../../durable-objects/journal/pruning.ts";
import { readInstrumentSpecs } from "../../protocol/instrument-spec.ts";
import { Random } from "../support/random.ts";
import { get } from "../worker/client.ts";
import { bodyOf, execute, Flow, line, object, selectOne, verified } from "./flow.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

beforeEach(reset);
afterEach(() => void vi.useRealTimers());

/** Prunes as the alarm does, with Postgres up to date up to a sequence. */
function prune(retained: number, shippedSequence: number): Promise<void> {
  return runInDurableObject(object(), async (_, { storage }) => {
    const [spec] = readInstrumentSpecs(env.INSTRUMENTS);
    if (spec === undefined) throw new Error("no instrument");
    await new Pruner(storage, spec, new Journal(storage.sql), retained, () => {}).run(shippedSequence);
  });
}

async function firstSequence(): Promise<number> {
  return Number((await selectOne("SELECT coalesce(min(first_sequence), 0) AS first FROM events")).first);
}

test("what is made from events is stored before they are deleted, and stays if the deletion fails", async () => {
  for (let count = 0; count < 5; count++) await object().submit(line());
  await runInDurableObject(object(), async (_, { storage }) => {
    const { sql } = storage;
    const [spec] = readInstrumentSpecs(env.INSTRUMENTS);
    if (spec === undefined) throw new Error("no instrument");
    const counts: unknown[] = [];
    const count = () => sql.exec("SELECT count(*) AS count FROM events").one().count;
    sql.exec("CREATE TABLE settled (id INTEGER PRIMARY KEY)");
    const settle = () => {
      counts.push(count());
      sql.exec("INSERT INTO settled DEFAULT VALUES");
    };
    const pruner = new Pruner(storage, spec, new Journal(sql), 0, settle);
    sql.exec("CREATE TRIGGER broken BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'injected'); END");
    await pruner.run(10);
    expect([counts, count()]).toEqual([[5], 5]);
    expect(sql.exec("SELECT count(*) AS count FROM settled").one()).toEqual({ count: 1 });
    sql.exec("DROP TRIGGER broken");
    await pruner.run(10);
    expect([counts[1], count()]).toEqual([5, 0]);
  });
});

describe.each([201, 202, 203])("a random flow of seed %i", (seed) => {
  test("reads, restores and verifies the same however much is pruned, and whenever", async () => {
    const random = new Random(seed);
    const flow = new Flow(random);
    let pruned = 0;
    let endMax = 0;
    for (let step = 0; step < 40; step++) {
      const label = `seed ${seed}, step ${step}`;
      await flow.step(20);
      const before = await verified(label);
      const paths = ["/public/orderbook?levels=1000", "/public/trades?limit=1000"];
      const shown = await Promise.all(paths.map((path) => get(path)));
      const shipped = random.between(0, before.sequence);
      const retained = random.pick([0, 10, 1000]);
      await prune(retained, shipped);
      const first = await firstSequence();
      endMax = Math.max(endMax, Math.min(shipped, before.sequence - retained));
      if (first > 0) expect(first, `${label}: nothing beyond ${endMax}`).toBeLessThanOrEqual(endMax + 1);
      pruned = Math.max(pruned, first);
      if (random.chance(0.5)) await evictDurableObject(object());
      expect(await verified(`${label}, pruned to ${first}`)).toEqual(before);
      const again = await Promise.all(paths.map((path) => get(path)));
      expect(
        again.map(({ text }) => text),
        label,
      ).toEqual(shown.map(({ text }) => text));
    }
    expect(pruned, "it must have pruned").toBeGreaterThan(100);
  });
});

test("an empty journal continues from its base", async () => {
  await object().submit(line({ side: "sell" }));
  await object().submit(line({ quantity: "0.5" }));
  const before = await verified("before");
  await prune(0, before.sequence);
  expect(await selectOne("SELECT count(*) AS count FROM events")).toEqual({ count: 0 });
  await evictDurableObject(object());
  expect(await verified("pruned whole")).toEqual(before);
  const answer = bodyOf(await object().submit(line({ quantity: "0.25" })));
  expect(answer).toMatchObject({ sequence: before.sequence + 1, trades: [{ trade_id: 2 }] });
  await verified("traded on");
});

describe("orders", () => {
  test("that ended stay until their window has passed and their events are pruned; open orders stay", async () => {
    const startMs = Date.now();
    vi.useFakeTimers({ toFake: ["Date"], now: startMs });
    await object().submit(line({ side: "sell", quantity: "2", key: "open" }));
    const ended = bodyOf(await object().submit(line({ key: "ended" })));
    const count = async () => (await selectOne("SELECT count(*) AS count FROM orders")).count;

    await prune(0, 1_000);
    expect(await count(), "within the window").toBe(2);
    vi.setSystemTime(startMs + DAY_MS + 1);
    await prune(1_000, 1_000);
    expect(await count(), "its events go first, and they are pruned").toBe(1);
    expect((await get(`/public/orders/${ended.order_id}`)).status).toBe(404);
    expect(JSON.parse((await get("/public/orderbook")).text)).toMatchObject({
      asks: [{ quantity: "1.00000000" }],
    });
    await evictDurableObject(object());
    await verified("after");
  });

  test("whose events are kept stay, whatever their age", async () => {
    const startMs = Date.now();
    vi.useFakeTimers({ toFake: ["Date"], now: startMs });
    await object().submit(line({ side: "sell" }));
    await object().submit(line());
    vi.setSystemTime(startMs + 2 * DAY_MS);
    await prune(1_000, 1_000);
    await prune(0, 2);
    expect(await selectOne("SELECT count(*) AS count FROM orders")).toEqual({ count: 2 });
    await evictDurableObject(object());
    expect(JSON.parse((await get("/public/trades")).text)).toMatchObject({ trades: [{ trade_id: 1 }] });
  });

  test("are found behind any number of older open ones", async () => {
    const startMs = Date.now();
    vi.useFakeTimers({ toFake: ["Date"], now: startMs });
    const rests = Array.from({ length: 2_500 }, () => line({ price: "90" }));
    await Promise.all(rests.map((text) => object().submit(text)));
    await object().submit(line({ price: "80", side: "sell" }));
    vi.setSystemTime(startMs + 2 * DAY_MS);
    for (let round = 0; round < 4; round++) await prune(0, 10_000);
    expect(await selectOne("SELECT count(*) AS count FROM orders")).toEqual({ count: 2_499 });
  });
});

test("a failure while pruning undoes all of it, and the next run repeats it", async () => {
  const flow = new Flow(new Random(204));
  for (let step = 0; step < 10; step++) await flow.step();
  const before = await verified("before");
  await execute("CREATE TRIGGER broken BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'injected'); END");
  await prune(0, before.sequence);
  expect(await firstSequence()).toBe(1);
  expect(await selectOne("SELECT count(*) AS count FROM base_open_orders")).toEqual({ count: 0 });
  await execute("DROP TRIGGER broken");
  await prune(0, before.sequence);
  expect(await verified("after")).toEqual(before);
  expect(await firstSequence()).toBe(0);
});

test("the number of events to retain is parsed strictly", () => {
  expect(eventsRetained(undefined)).toBe(1_000_000);
  expect(eventsRetained("0")).toBe(0);
  for (const text of ["-1", "1.5", "many"]) {
    expect(() => eventsRetained(text)).toThrow(
      `JOURNAL_EVENTS_RETAINED must be a whole number of events, but is "${text}"`,
    );
  }
});
