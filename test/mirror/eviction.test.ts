import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { title } from "../gateway/services.ts";
import { Random } from "../support/random.ts";
import { Flow } from "./flow.ts";
import { readMirror } from "./mirror-view.ts";
import {
  eventually,
  MirroredVenue,
  MirrorServers,
  type RedisConnection,
  redisServerReason,
} from "./mirrored-venue.ts";

const reason = await redisServerReason();
const BOOK = "/public/orderbook?levels=1000";
const PARTS = ["state", "bids", "bids:depth", "asks", "asks:depth", "trades"];

describe.skipIf(reason !== null)(title("a Redis that evicts", reason), () => {
  const servers = new MirrorServers();
  const venue = new MirroredVenue(servers, { READ_SOURCE: "mirror" });
  const flow = new Flow(new Random(47));
  let redis: RedisConnection;
  let strangers = 0;

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

  async function expectLevel(): Promise<void> {
    const [mirror, { sequence, bids, asks }] = await Promise.all([
      readMirror(redis),
      venue.read(`${BOOK}&source=engine`),
    ]);
    expect(mirror).toMatchObject({ sequence, bids, asks });
  }

  /** Writes other data until Redis has evicted at least one of the mirror's keys. */
  async function crowdOut(): Promise<string[]> {
    for (let count = 0; count < 5_000; count++) {
      const gone: string[] = [];
      for (const part of PARTS) if ((await redis.exists(`{BTC-USD}:${part}`)) === 0) gone.push(part);
      if (gone.length > 0) return gone;
      await redis.set(`stranger:${strangers++}`, randomBytes(20_000).toString("latin1"));
    }
    throw new Error("no key of the mirror was ever evicted");
  }

  const used = async () => Number(/^used_memory:(\d+)/m.exec(await redis.info("memory"))?.[1]);
  const evicted = async () => Number(/^evicted_keys:(\d+)/m.exec(await redis.info("stats"))?.[1]);

  test("the engine answers readers meanwhile, and the mirror is refilled", async () => {
    await eventually(expectLevel);
    await redis.configSet({
      maxmemory: String((await used()) + 1_000_000),
      "maxmemory-policy": "allkeys-lru",
    });
    const sources = { engine: 0, mirror: 0 };
    for (let round = 0; round < 5; round++) {
      const gone = await crowdOut();
      expect(await readMirror(redis), `it says so itself without ${gone}`).toBeUndefined();
      const expected = await venue.read(`${BOOK}&source=engine`);
      const read = await venue.read(BOOK);
      sources[read.source as keyof typeof sources]++;
      expect(read).toMatchObject({ source: "engine", bids: expected.bids, asks: expected.asks });
      // Redis is still full: the refill itself evicts other keys.
      await flow.steps(venue.http, 5);
      await eventually(expectLevel);
      await eventually(async () => {
        const again = await venue.read(BOOK);
        expect(again.source).toBe("mirror");
        sources.mirror++;
      });
    }
    expect(sources.engine).toBe(5);
    expect(await evicted()).toBeGreaterThan(5);
  });
});
