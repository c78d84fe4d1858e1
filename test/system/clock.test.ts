import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startVenue, type VenueProcess } from "../../host/venue.ts";
import { place, placeAll, post, readBook } from "./support/calls.ts";
import { CAN_MOVE_CLOCK, MovedClock } from "./support/moved-clock.ts";
import { temporaryFolder } from "./support/venue-runner.ts";

/**
 * Far longer than an order takes here, and shorter than a jump: for the shortest jump, and for all others.
 */
const PROMPT_MS_MAX = 4_000;
const LATE_MS_MAX = 40_000;
const JUMPS_SECONDS = [5, 60, 86_400];

let clock: MovedClock;
let venue: VenueProcess;

describe.runIf(CAN_MOVE_CLOCK)("when the host's clock is set", () => {
  beforeAll(() => {
    clock = new MovedClock(temporaryFolder());
  });
  beforeEach(async () => {
    clock.moveTo(0);
    venue = await startVenue({
      dataFolder: temporaryFolder(),
      onLog: () => {},
      environment: clock.environment,
    });
    return () => venue.stop();
  });
  afterAll(() => clock.close());

  /** Places an order that must be answered promptly, and returns its time. */
  async function placeAt(change: object = {}, limitMs = LATE_MS_MAX): Promise<number> {
    const { time } = await within(place(venue.url, change), limitMs);
    return Date.parse(time);
  }

  function status(orderId: string): Promise<string> {
    return orderStatus(venue.url, orderId);
  }

  test.each(JUMPS_SECONDS)("back by %i s, orders are answered and time does not go back", async (seconds) => {
    let lastMs = await placeAt();
    for (const moved of [-seconds, -seconds, 0, seconds, 0, -2 * seconds, 0]) {
      clock.moveTo(moved);
      for (let count = 0; count < 3; count++) {
        const timeMs = await placeAt({}, seconds === 5 ? PROMPT_MS_MAX : LATE_MS_MAX);
        expect(timeMs).toBeGreaterThanOrEqual(lastMs);
        lastMs = timeMs;
      }
    }
  });

  test.each(JUMPS_SECONDS.slice(1))("back by %i s, due work happens soon, and once", async (seconds) => {
    const client_id = "watched";
    await cancelAfter(venue.url, client_id, 2);
    const watched = await place(venue.url, { client_id, price: 3 });
    const beforeMs = await placeAt();
    const expires_at = new Date(beforeMs + 3_000).toISOString();
    const good = await place(venue.url, { price: 4, time_in_force: "gtd", expires_at });
    clock.moveTo(-seconds);
    const laterMs = await placeAt({ price: 5 });
    expect(laterMs).toBeGreaterThanOrEqual(beforeMs);
    expect(laterMs).toBeLessThan(beforeMs + 60_000);
    await eventually(async () => (await status(watched.order_id)) === "cancelled");
    await eventually(async () => (await status(good.order_id)) === "cancelled");
    // A switch and an order that are set only now.
    const other = await place(venue.url, { client_id, price: 6 });
    await cancelAfter(venue.url, client_id, 1);
    await eventually(async () => (await status(other.order_id)) === "cancelled");
    clock.moveTo(0);
    const { bids } = await readBook(venue.url);
    expect(bids.map(({ price }) => price)).toEqual(["50000.00", "5.00"]);
    const open = await place(venue.url, { client_id, price: 7 });
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(await status(open.order_id)).toBe("open");
  });

  test("forward by a day, due work is done, and time advances when the clock is back", async () => {
    const beforeMs = await placeAt();
    const inAnHour = new Date(beforeMs + 3_600_000).toISOString();
    const inTwoDays = new Date(beforeMs + 2 * 86_400_000).toISOString();
    const due = await place(venue.url, { price: 3, time_in_force: "gtd", expires_at: inAnHour });
    const kept = await place(venue.url, { price: 4, time_in_force: "gtd", expires_at: inTwoDays });
    clock.moveTo(86_400);
    await fetch(`${venue.url}/healthz`);
    await eventually(async () => (await status(due.order_id)) === "cancelled");
    clock.moveTo(0);
    const laterMs = await placeAt({ price: 5 });
    expect(laterMs).toBeGreaterThanOrEqual(beforeMs + 86_400_000);
    expect(laterMs).toBeLessThan(beforeMs + 86_400_000 + 60_000);
    const inASecond = new Date(laterMs + 1_000).toISOString();
    const soon = await place(venue.url, { price: 6, time_in_force: "gtd", expires_at: inASecond });
    await eventually(async () => (await status(soon.order_id)) === "cancelled");
    expect(await status(kept.order_id)).toBe("open");
  });

  test("back by a day, subscribers of a conflated channel still get orders", async () => {
    const socket = new WebSocket(`${venue.url.replace("http", "ws")}/stream?channels=book@100ms`);
    const texts: string[] = [];
    socket.addEventListener("message", ({ data }) => texts.push(String(data)));
    await eventually(async () => texts.some((text) => text.includes('"snapshot"')));
    await placeAt();
    await eventually(async () => texts.some((text) => text.includes('"50000.00"')));
    // A message that is due in 100 ms waits while the clock is set.
    await placeAt({ price: 4 });
    clock.moveTo(-86_400);
    await eventually(async () => texts.some((text) => text.includes('"4.00"')));
    await placeAt({ price: 5 });
    await eventually(async () => texts.some((text) => text.includes('"5.00"')));
    socket.close();
  });

  test("while flushes follow each other, orders are still answered", async () => {
    const [CLIENTS, STOPS_PER_CLIENT] = [15, 187];
    // A sink that is down makes the object wait for it, beside everything else.
    await venue.stop();
    const vars = { UPSTASH_REDIS_REST_URL: "http://127.0.0.1:9", UPSTASH_REDIS_REST_TOKEN: "none" };
    venue = await startVenue({
      dataFolder: temporaryFolder(),
      onLog: () => {},
      vars,
      environment: clock.environment,
    });
    for (const moved of [-60, 60, -86_400, 0]) {
      await place(venue.url, { client_id: "maker", price: 400 });
      await place(venue.url, { client_id: "taker", side: "sell", price: 400 });
      const stop = { side: "sell", type: "stop_limit", stop_price: 300, price: 500 };
      for (let client = 0; client < CLIENTS; client++)
        await placeAll(venue.url, `stops-${client}`, Array<object>(STOPS_PER_CLIENT).fill(stop));
      await place(venue.url, { client_id: "maker", price: 300 });
      const trade = place(venue.url, { client_id: "taker", side: "sell", price: 300 });
      setTimeout(() => clock.moveTo(moved), Math.random() * 200);
      await within(trade);
      for (let order = 0; order < 3; order++) await placeAt({ client_id: "other", price: 1 });
      for (let client = 0; client < CLIENTS; client++)
        await within(post(`${venue.url}/orders/cancel-all`, { client_id: `stops-${client}` }));
    }
  });

  test("simultaneous orders of many clients still share flushes", async () => {
    await placeAt();
    clock.moveTo(-60);
    const answers = await within(
      Promise.all(Array.from({ length: 100 }, () => place(venue.url, { price: 2 }))),
    );
    expect(new Set(answers.map(({ order_id }) => order_id)).size).toBe(100);
    const metrics = await (await fetch(`${venue.url}/metrics`)).text();
    const flushes = /^edgebook_flush_commands_count\{instrument="BTC-USD"\} (\d+)/m.exec(metrics);
    expect(Number(flushes?.[1])).toBeLessThan(50);
  });
});

async function cancelAfter(url: string, client_id: string, seconds: number): Promise<void> {
  const answer = await within(post(`${url}/orders/cancel-after`, { client_id, seconds }));
  expect(answer.status).toBe(200);
}

/** The status of an order. */
async function orderStatus(url: string, orderId: string): Promise<string> {
  const { status } = (await (await within(fetch(`${url}/public/orders/${orderId}`))).json()) as {
    status: string;
  };
  return status;
}

/** Waits until a condition holds, and fails if it does not promptly. */
async function eventually(isSo: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + LATE_MS_MAX;
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error("it did not happen");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Waits for an answer, and fails if it does not arrive promptly. */
async function within<T>(answer: Promise<T>, limitMs = LATE_MS_MAX): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("no answer came promptly")), limitMs);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
