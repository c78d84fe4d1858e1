import { abortAllDurableObjects, evictDurableObject, reset, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { LATENCY_BUCKETS_MS } from "../../durable-objects/calls/readings.ts";
import { Instrument } from "../../durable-objects/instrument/instrument.ts";
import { get, ORDER, objectOf, place, placeMarket, post } from "./client.ts";

beforeEach(reset);
afterEach(() => void vi.restoreAllMocks());

/** The samples of an instrument, by the text before the value. */
async function samplesOf(instrument: string, families = /./): Promise<Record<string, number>> {
  const { status, text } = await get("/metrics");
  expect(status).toBe(200);
  const lines = text.split("\n").filter((line) => line.includes(`{instrument="${instrument}"`));
  const samples = lines.map((line) => line.split(" ") as [string, string]);
  return Object.fromEntries(
    samples.flatMap(([name, value]) => (families.test(name) ? [[name, Number(value)]] : [])),
  );
}

/** Every counter: values that only grow. */
const COUNTED = /_total\{|_bucket\{|_sum\{|_count\{/;

/** Some activity of every counted kind. */
async function trade(): Promise<void> {
  const resting = await place({ price: "100", quantity: "1.5" });
  await placeMarket("sell", "0.25");
  await post(`/orders/${resting.order_id}/amend`, { quantity: "1.25" });
  await post(`/orders/${resting.order_id}/cancel`);
  for (let time = 0; time < 2; time++) await place({ price: "98", idempotency_key: "again" });
  await post("/orders", { ...ORDER, price: "0.001" });
}

describe("what is counted", () => {
  test.each([
    ["evicted", () => evictDurableObject(objectOf())],
    ["aborted", () => abortAllDurableObjects()],
  ])("is the same after the object was %s as before", async (_, end) => {
    await trade();
    const before = await samplesOf("BTC-USD", COUNTED);
    expect(before['edgebook_trades_total{instrument="BTC-USD"}']).toBe(1);
    const started = /start_time/;
    const startedBefore = await samplesOf("BTC-USD", started);
    await end();
    expect(await samplesOf("BTC-USD", COUNTED)).toEqual(before);
    expect(await samplesOf("BTC-USD", started), "it was started again").not.toEqual(startedBefore);
    await trade();
    const after = await samplesOf("BTC-USD", COUNTED);
    for (const [name, value] of Object.entries(before))
      expect(after[name], name).toBeGreaterThanOrEqual(value);
    expect(after['edgebook_trades_total{instrument="BTC-USD"}']).toBe(2);
    expect(after['edgebook_traded_volume_total{instrument="BTC-USD"}']).toBe(0.5);
    expect(after['edgebook_flush_commands_count{instrument="BTC-USD"}']).toBe(14);
  });

  test("with an event is stored with it, even if the object ends", async () => {
    await place();
    await place();
    await abortAllDurableObjects();
    expect(await samplesOf("BTC-USD", /orders_total/)).toEqual({
      'edgebook_orders_total{instrument="BTC-USD",status="open"}': 2,
    });
  });

  test("without an event is stored while nothing waits, without a reading", async () => {
    const stored = () =>
      runInDurableObject(objectOf(), (_, { storage }) => {
        const [row] = storage.sql.exec<{ state: string }>("SELECT state FROM counters").toArray();
        return row === undefined ? 0 : JSON.parse(row.state).rejects.price_off_tick;
      });
    let refused = 0;
    const refuse = async () => {
      expect((await post("/orders", { ...ORDER, price: "0.001" })).status).toBe(422);
      refused++;
    };
    await vi.waitFor(
      async () => {
        await refuse();
        expect(await stored()).toBeGreaterThan(2);
      },
      { timeout: 30_000, interval: 50 },
    );
    const before = await stored();
    expect(refused).toBeGreaterThanOrEqual(before);
    await abortAllDurableObjects();
    const name = 'edgebook_rejects_total{instrument="BTC-USD",code="price_off_tick"}';
    expect((await samplesOf("BTC-USD", /rejects_total/))[name]).toBeGreaterThanOrEqual(before);
  });

  test("is reported even if it cannot be stored", async () => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => {});
    const execute = (statement: string) =>
      runInDurableObject(objectOf(), (_, { storage }) => void storage.sql.exec(statement));
    await execute("CREATE TRIGGER full BEFORE INSERT ON counters BEGIN SELECT RAISE(FAIL, 'full'); END");
    await post("/orders", { ...ORDER, price: "0.001" });
    expect(await samplesOf("BTC-USD", /rejects_total/)).toEqual({
      'edgebook_rejects_total{instrument="BTC-USD",code="price_off_tick"}': 1,
    });
    expect(logged.mock.calls.flat().join("\n")).toMatch(/counters_not_stored.*full/);
    await execute("DROP TRIGGER full");
  });
});

describe("the latency of orders", () => {
  test("counts from their arrival until they are on disk, in buckets that add up", async () => {
    await runInDurableObject(objectOf(), (_, { storage }) => {
      const sync = storage.sync.bind(storage);
      vi.spyOn(storage, "sync").mockImplementation(async () => {
        await scheduler.wait(30);
        await sync();
      });
    });
    await Promise.all([place(), place(), place({ price: "0.001" }).catch(() => {})]);
    const samples = await vi.waitFor(async () => {
      const read = await samplesOf("BTC-USD", /order_latency/);
      expect(read['edgebook_order_latency_seconds_count{instrument="BTC-USD"}']).toBe(3);
      return read;
    });
    const counts = LATENCY_BUCKETS_MS.map(
      (bound) =>
        samples[`edgebook_order_latency_seconds_bucket{instrument="BTC-USD",le="${bound / 1000}"}`] ?? -1,
    );
    // Each waits for the disk twice.
    for (const [index, bound] of LATENCY_BUCKETS_MS.entries())
      if (bound < 60) expect(counts[index], `${bound} ms`).toBe(0);
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
    expect(counts.at(-1)).toBe(3);
    expect(samples['edgebook_order_latency_seconds_bucket{instrument="BTC-USD",le="+Inf"}']).toBe(3);
    expect(samples['edgebook_order_latency_seconds_sum{instrument="BTC-USD"}']).toBeGreaterThan(3 * 0.05);
  });
});

describe("an instrument that does not answer", () => {
  const UP = /_up\{/;

  test.each([
    ["because it fails", () => Promise.reject(new Error("away"))],
    ["in time", () => new Promise<never>(() => {})],
  ])("%s is reported as not up, and the others have metrics", async (_, answer) => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => {});
    const read = Instrument.prototype.readMetrics;
    vi.spyOn(Instrument.prototype, "readMetrics").mockImplementation(function (this: Instrument) {
      const { ctx } = this as unknown as { ctx: DurableObjectState };
      return ctx.id.name === "ETH-USD" ? (answer() as never) : read.call(this);
    });
    await place();
    expect(await samplesOf("ETH-USD")).toEqual({ 'edgebook_instrument_up{instrument="ETH-USD"}': 0 });
    const others = await samplesOf("BTC-USD");
    expect(others['edgebook_instrument_up{instrument="BTC-USD"}']).toBe(1);
    expect(others['edgebook_orders_total{instrument="BTC-USD",status="open"}']).toBe(1);
    expect(logged.mock.calls.flat().join("\n")).toMatch(/metrics_unread.*ETH-USD/);
    vi.restoreAllMocks();
    expect(await samplesOf("ETH-USD", UP)).toEqual({ 'edgebook_instrument_up{instrument="ETH-USD"}': 1 });
  });
});
