import { abortAllDurableObjects, evictDurableObject, reset } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Clock } from "../../../durable-objects/runtime/clock.ts";
import { Random } from "../../support/random.ts";
import { get } from "../../worker/client.ts";
import { execute, Flow, line, object, selectOne } from "../flow.ts";

beforeEach(reset);
// A date that a test sets is the host's clock too.
beforeEach(() => void vi.spyOn(Clock.prototype, "wallMs").mockImplementation(() => Date.now()));
afterEach(() => void vi.restoreAllMocks());
afterEach(() => void vi.useRealTimers());

const PATHS = [
  "/public/ticker",
  ...[1, 10, 1440].map((minutes) => `/analytics/market?minutes=${minutes}`),
  ...[0, 1, 2, 3, 4].map((client) => `/analytics/clients/client-${client}`),
  ...["1m", "5m", "1h"].map((interval) => `/public/candles?interval=${interval}&from=2030-01-01T00:00:00Z`),
];

async function shown(): Promise<string[]> {
  const replies = await Promise.all(PATHS.map((path) => get(path)));
  return replies.map(({ text }) => text);
}

async function eventsBehind(): Promise<number> {
  const query =
    "SELECT max(last_sequence) - (SELECT state->>'sequence' FROM statistics) AS behind FROM events";
  return Number((await selectOne(query)).behind);
}

describe.each([61, 62, 63])("in a random flow of seed %i", (seed) => {
  test("every statistic is the same after an abort or an eviction, however far behind its row was", async () => {
    const random = new Random(seed);
    const flow = new Flow(random);
    let nowMs = Date.UTC(2030, 0, 1, 12);
    let behindMost = 0;
    for (let step = 0; step < 40; step++) {
      nowMs += random.pick([0, 1, 20, 300, 300, 1_000, 61_000]);
      vi.useFakeTimers({ toFake: ["Date"], now: nowMs });
      await flow.step();
      // A read accounts for the time until now, without an event.
      if (random.chance(0.3)) {
        nowMs += random.pick([5, 700, 90_000]);
        vi.setSystemTime(nowMs);
      }
      const before = await shown();
      const end = random.weighted({ none: 50, evict: 25, abort: 25 });
      if (end === "none") continue;
      behindMost = Math.max(behindMost, await eventsBehind());
      if (end === "evict") await evictDurableObject(object());
      else await abortAllDurableObjects();
      expect(await shown(), `seed ${seed}, step ${step}, ${end}`).toEqual(before);
    }
    expect(behindMost, "a start must have something to account for").toBeGreaterThan(10);
  });
});

test("the state that an earlier version stored with every flush is taken as current", async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2030, 0, 1, 12) });
  await object().submit(line({ client: "client-0" }));
  await object().submit(line({ client: "client-1", side: "sell", price: null, quantity: "0.5" }));
  // What the earlier version stored: the state as of the last event, and no quotes.
  vi.setSystemTime(Date.UTC(2030, 0, 1, 12, 0, 2));
  await object().submit(line({ client: "client-1", side: "sell", price: null, quantity: "0.25" }));
  expect(await eventsBehind()).toBe(0);
  const before = await shown();
  await execute("UPDATE statistics SET state = json_remove(state, '$.sequence')");
  await execute("UPDATE events SET quote = NULL");
  await abortAllDurableObjects();
  expect(await shown()).toEqual(before);
  await object().submit(line({ client: "client-0" }));
  const after = await shown();
  await abortAllDurableObjects();
  expect(await shown()).toEqual(after);
});
