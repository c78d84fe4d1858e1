import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { title } from "../gateway/services.ts";
import { Random } from "../support/random.ts";
import { placeAll } from "../system/support/calls.ts";
import { Flow } from "./flow.ts";
import { readMirror } from "./mirror-view.ts";
import {
  eventually,
  MirroredVenue,
  MirrorServers,
  type RedisConnection,
  redisServerReason,
} from "./mirrored-venue.ts";
import { StreamRecord } from "./stream-record.ts";

const reason = await redisServerReason();
const PARTS = ["state", "bids", "bids:depth", "asks", "asks:depth", "trades"];
const BOOK = "/public/orderbook?levels=1000";
const TRADES = "/public/trades?limit=1000";

describe.skipIf(reason !== null)(title("the mirror's upkeep", reason), () => {
  const servers = new MirrorServers();
  const venue = new MirroredVenue(servers);
  const flow = new Flow(new Random(11));
  let redis: RedisConnection;

  beforeAll(async () => {
    await servers.start();
    redis = await servers.connect();
    await venue.start();
    await flow.steps(venue.http, 200);
  });
  afterAll(async () => {
    redis?.destroy();
    await venue.stop();
    await servers.stop();
  });

  /** Compares the mirror, at every level and trade, with the engine's answers. */
  async function expectLevel(): Promise<void> {
    const [mirror, book, { trades }] = await Promise.all([
      readMirror(redis),
      venue.read(`${BOOK}&source=engine`),
      venue.read(`${TRADES}&source=engine`),
    ]);
    const { epoch, sequence, bids, asks } = book;
    expect(mirror).toEqual({ epoch, sequence, bids, asks, trades });
  }

  /** Counts refills from now on, with a fault rule that has almost no effect. */
  function refillCounter(): () => number {
    // At most one rule acts on a request: an earlier counter would keep this one at zero.
    servers.gateway.faults.clear();
    const { id } = servers.gateway.faults.add({
      target: "redis",
      kind: "delay",
      milliseconds: 1,
      count: 1_000_000,
      contains: "RENAME",
    });
    return () => servers.gateway.faults.list().find((fault) => fault.id === id)?.matched ?? 0;
  }

  test("after every stretch of a seeded flow it equals the engine's book, sent as changes and not as a whole", async () => {
    await eventually(expectLevel);
    const refills = refillCounter();
    for (let stretch = 0; stretch < 5; stretch++) {
      await flow.steps(venue.http, 60);
      await eventually(expectLevel);
    }
    expect(refills()).toBe(0);
  });

  test("a read from the mirror equals the engine's, except for its source", async () => {
    await eventually(expectLevel);
    for (const path of [BOOK, TRADES, "/public/orderbook?levels=3", "/public/trades?limit=2"]) {
      const { source, age_ms, ...mirrored } = await venue.read(`${path}&source=mirror`);
      expect(source, path).toBe("mirror");
      expect(age_ms).toBeLessThan(5_001);
      const fromEngine = await venue.read(`${path}&source=engine`);
      expect(fromEngine, path).toEqual({ ...mirrored, source: "engine", age_ms: 0 });
      const cursors = await Promise.all(
        ["mirror", "engine"].map(async (from) => {
          const response = await fetch(`${venue.url}${path}&source=${from}`);
          await response.arrayBuffer();
          return response.headers.get("next-cursor");
        }),
      );
      const last = path.endsWith("trades?limit=2") ? String(mirrored.trades.at(-1).trade_id) : null;
      expect(cursors, path).toEqual([last, last]);
      expect((await venue.read(path)).source, "the default").toBe("engine");
    }
  });

  test("an empty mirror is complete too", async () => {
    const path = "/public/orderbook?instrument=ETH-USD&source=mirror";
    expect((await venue.read(path)).source).toBe("engine");
    const mirrored = await eventually(async () => {
      const answer = await venue.read(path);
      expect(answer.source).toBe("mirror");
      return answer;
    });
    expect(mirrored).toMatchObject({ sequence: 0, bids: [], asks: [] });
  });

  const losses: [string, () => Promise<unknown>][] = [
    ["FLUSHALL", () => redis.flushAll()],
    ...PARTS.map((part): [string, () => Promise<unknown>] => [
      `${part} evicted`,
      () => redis.del(`{BTC-USD}:${part}`),
    ]),
    ["one depth entry gone", async () => redis.hDel("{BTC-USD}:bids:depth", await anyPrice("bids"))],
    ["one price gone", async () => redis.zRem("{BTC-USD}:asks", await anyPrice("asks"))],
    ["one price too many", () => redis.zAdd("{BTC-USD}:bids", { score: 1, value: "0.01" })],
    ["a key of another type", () => redis.set("{BTC-USD}:bids:depth", "text")],
    ["a state of another type", () => redis.set("{BTC-USD}:state", "text")],
    ["a state that is no number", () => redis.hSet("{BTC-USD}:state", "sequence", "soon")],
    ["an older state", () => redis.hSet("{BTC-USD}:state", "sequence", "1")],
    ["an earlier epoch", () => redis.hSet("{BTC-USD}:state", "epoch", "0")],
    ["a stranger's state of the same sequence", () => redis.hSet("{BTC-USD}:state", "time_ms", "1")],
  ];
  const anyPrice = async (side: string) => String((await redis.zRange(`{BTC-USD}:${side}`, 0, 0))[0]);

  test.each(losses)("%s: the next push refills it", async (_, lose) => {
    await eventually(expectLevel);
    await lose();
    await flow.steps(venue.http, 3);
    await eventually(expectLevel);
  });

  test.each(losses.slice(0, 12))(
    "%s: while nothing trades, a read goes to the engine and brings it back",
    async (_, lose) => {
      await eventually(expectLevel);
      await lose();
      expect((await venue.read(`${BOOK}&source=mirror`)).source).toBe("engine");
      await eventually(expectLevel);
      await eventually(async () => expect((await venue.read(`${BOOK}&source=mirror`)).source).toBe("mirror"));
    },
  );

  test.each([
    ["sequence", "999999999"],
    ["epoch", "2"],
  ])("a newer %s is never overwritten, and the failure is reported", async (field, value) => {
    await eventually(expectLevel);
    await redis.hSet("{BTC-USD}:state", { [field]: value, as_of_ms: "1" });
    const before = await readMirror(redis);
    await flow.steps(venue.http, 5);
    await sleep(1_500);
    expect(await readMirror(redis)).toEqual(before);
    const read = await venue.read(`${BOOK}&source=mirror`);
    expect(read.source, "it is too old to be read").toBe("engine");
    await redis.del("{BTC-USD}:state");
    await eventually(expectLevel);
  });

  test("a restarted venue continues from its mirror, and refills one in another state", async () => {
    await eventually(expectLevel);
    // The position is written after the push, so wait for it, too.
    await sleep(500);
    const refills = refillCounter();
    await venue.stop();
    await venue.start();
    await flow.steps(venue.http, 10);
    await eventually(expectLevel);
    expect(refills()).toBe(0);
    await venue.stop();
    await redis.hSet("{BTC-USD}:state", "time_ms", "1");
    await venue.start();
    await flow.steps(venue.http, 10);
    await eventually(expectLevel);
    expect(refills()).toBe(1);
  });

  test("thousands of levels are refilled in chunks, and no reader sees a part of them", async () => {
    const [LEVELS, CLIENTS] = [9_000, 12];
    // A single client may not have so many open orders.
    for (let client = 0; client < CLIENTS; client++) {
      const orders = Array.from({ length: LEVELS / CLIENTS }, (_, index) => {
        const level = index * CLIENTS + client;
        return level < LEVELS / 2
          ? { side: "buy", price: 40_000 - level }
          : { side: "sell", price: 60_000 + level };
      });
      await placeAll(venue.url, `client-${client}`, orders);
    }
    const stream = await StreamRecord.follow(venue.url);
    const whole = stream.lastSequence;
    await eventually(async () => expect((await readMirror(redis))?.sequence).toBe(whole));
    const expected = await readMirror(redis);
    expect((expected?.bids.length ?? 0) + (expected?.asks.length ?? 0)).toBeGreaterThanOrEqual(LEVELS);
    await redis.flushAll();
    await venue.read(`${BOOK}&source=mirror`);
    const seen = await eventually(async () => {
      const mirror = await readMirror(redis);
      expect(mirror).toBeDefined();
      return mirror;
    });
    expect(seen).toEqual(expected);
    expect(await redis.keys("*filling*")).toEqual([]);
    stream.close();
  });
});
