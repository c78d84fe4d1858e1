import { abortAllDurableObjects, evictDurableObject, reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { KeyCounts } from "../../durable-objects/storage/key-counts.ts";
import { Random } from "../support/random.ts";
import { expectProblem, get, ORDER, place, post } from "../worker/client.ts";
import { object, selectOne } from "./flow.ts";

const { INSTRUMENTS } = env;
const MAXIMUM = 5;
const START_MS = Date.UTC(2026, 5, 1, 10, 30);
const HOUR_MS = 60 * 60 * 1000;

beforeEach(async () => {
  await reset();
  vi.useFakeTimers({ toFake: ["Date"], now: START_MS });
  const [first, ...others] = INSTRUMENTS as readonly object[];
  Object.assign(env, { INSTRUMENTS: [{ ...first, maximum_keys_per_client: MAXIMUM }, ...others] });
});
afterEach(() => {
  vi.useRealTimers();
  Object.assign(env, { INSTRUMENTS });
});

const KEYED = { ...ORDER, client_id: "me", price: 1 };

async function useKeys(count: number, prefix = "k"): Promise<void> {
  for (let key = 1; key <= count; key++) await place({ ...KEYED, idempotency_key: `${prefix}-${key}` });
}

test("a client has a limited number of keys in the window, through restarts; repeats are answered, and other clients are not affected", async () => {
  await useKeys(3);
  await evictDurableObject(object());
  await useKeys(2, "l");
  const more = { ...KEYED, idempotency_key: "more" };
  expectProblem(await post("/orders", more), "too_many_keys");
  await abortAllDurableObjects();
  expectProblem(await post("/orders", more), "too_many_keys");
  expect(
    (await post("/orders", { ...KEYED, idempotency_key: "k-1" })).headers.get("idempotency-replayed"),
  ).toBe("true");
  expectProblem(
    await post("/orders", { ...KEYED, price: 2, idempotency_key: "k-1" }),
    "idempotency_key_reused",
    "idempotency_key",
  );
  await place({ ...KEYED, client_id: "you", idempotency_key: "more" });
  await place(KEYED);
  await post("/orders/cancel-all", { client_id: "me", instrument: "BTC-USD" });
  // A refusal used no key: the key is free when there is room again.
  vi.setSystemTime(START_MS + 25 * HOUR_MS);
  await place(more);
});

test("client order ids count like keys, and a rejected order releases its own", async () => {
  const named = (client_order_id: string, change = {}) =>
    post("/orders", { ...KEYED, client_order_id, ...change });
  for (let id = 1; id <= 4; id++) expect((await named(`id-${id}`)).status).toBe(201);
  for (let id = 5; id <= 9; id++)
    expectProblem(await named(`id-${id}`, { quantity: 20_000 }), "quantity_above_maximum", "quantity");
  const pair = {
    client_id: "me",
    instrument: "BTC-USD",
    side: "buy",
    quantity: "0.5",
    price: 2,
    stop_price: 9,
  };
  const ids = { limit_client_order_id: "limit", stop_client_order_id: "stop" };
  expectProblem(await post("/orders/oco", { ...pair, ...ids }), "too_many_keys");
  const { instrument: _, ...entry } = { ...KEYED, action: "place", client_order_id: "a" };
  const entries = [entry, { ...entry, client_order_id: "b" }];
  expectProblem(
    await post("/orders/batch", { instrument: "BTC-USD", atomic: true, entries }),
    "too_many_keys",
  );
  expect((await named("id-5")).status).toBe(201);
  expectProblem(await named("id-6"), "too_many_keys");
  // The limit comes first.
  expectProblem(await named("id-1"), "too_many_keys");
  await place(KEYED);
});

test("an answer counts once per kibibyte", async () => {
  const { instrument: _, ...entry } = { ...KEYED, action: "place" };
  const batch = { instrument: "BTC-USD", client_id: "me", entries: Array.from({ length: 12 }, () => entry) };
  const { text } = await post("/orders/batch", { ...batch, idempotency_key: "batch" });
  expect(text.length).toBeGreaterThan(MAXIMUM * 1024);
  expectProblem(await post("/orders", { ...KEYED, idempotency_key: "k" }), "too_many_keys");
});

test("an instrument shows its limit", async () => {
  const { instruments } = JSON.parse((await get("/public/instruments")).text);
  expect(instruments).toMatchObject([
    { maximum_keys_per_client: MAXIMUM },
    { maximum_keys_per_client: 1_000_000 },
    {},
  ]);
});

test("a flush deletes nothing while no answer is older than the window", async () => {
  await useKeys(2);
  vi.setSystemTime(START_MS + 24 * HOUR_MS);
  await place({ ...KEYED, client_id: "you" });
  expect(await selectOne("SELECT count(*) AS count FROM idempotency")).toEqual({ count: 2 });
  vi.setSystemTime(START_MS + 24 * HOUR_MS + 1);
  await place({ ...KEYED, client_id: "you" });
  expect(await selectOne("SELECT count(*) AS count FROM idempotency")).toEqual({ count: 0 });
});

test.each([51, 52, 53])("counts are the sums of the hours of the window, seed %i", async (seed) => {
  const random = new Random(seed);
  await place({ client_id: "a" });
  await place({ client_id: "b" });
  await runInDurableObject(object(), (_, { storage }) => {
    let keys = new KeyCounts(storage.sql);
    const used: { client: number; timeMs: number; count: number }[] = [];
    let timeMs = START_MS;
    for (let step = 0; step < 400; step++) {
      timeMs += random.pick([0, 1, 60_000, HOUR_MS, 7 * HOUR_MS]);
      const client = random.between(1, 2);
      const count = random.between(1, 5);
      keys.add(client, timeMs, count);
      if (random.chance(0.2)) keys.add(client, timeMs, -count);
      else used.push({ client, timeMs, count });
      if (random.chance(0.4)) keys.write();
      else if (random.chance(0.3)) {
        keys.write();
        keys = new KeyCounts(storage.sql);
      }
      for (const each of [1, 2]) {
        const counted = used.filter((use) => {
          const hourEndMs = use.timeMs - (use.timeMs % HOUR_MS) + HOUR_MS;
          return use.client === each && hourEndMs + 24 * HOUR_MS > timeMs;
        });
        const expected = counted.reduce((sum, use) => sum + use.count, 0);
        expect(keys.count(each, timeMs), `seed ${seed}, step ${step}`).toBe(expected);
      }
    }
  });
});
