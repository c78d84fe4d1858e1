import { evictDurableObject, reset } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { book, place, post } from "../../worker/client.ts";
import { line, object, submitTogether } from "../flow.ts";
import { endsInParts, eventually, FeedClient, openSocket } from "./feed-client.ts";

beforeEach(reset);
afterEach(() => void vi.useRealTimers());

/** A subscriber that does not acknowledge unless it is made to. */
async function silent(query: string) {
  const socket = await openSocket(`http://venue.test/stream${query}`);
  const subscriber = { socket, types: [] as string[], texts: [] as string[], characters: 0, code: 0 };
  socket.addEventListener("message", ({ data }) => {
    subscriber.characters += String(data).length;
    subscriber.texts.push(String(data));
    subscriber.types.push(data === "pong" ? "pong" : JSON.parse(String(data)).type);
  });
  socket.addEventListener("close", ({ code }) => {
    subscriber.code = code;
  });
  socket.accept();
  await eventually(() => subscriber.types.length >= 1);
  return subscriber;
}

/** A number of flushes of about 100 kB each on the orders channel. */
async function flushes(count: number): Promise<void> {
  for (let flush = 0; flush < count; flush++)
    await submitTogether(Array.from({ length: 1000 }, () => line({ price: "5" })));
}

/** Acknowledges everything that has arrived. */
function acknowledge(subscriber: Awaited<ReturnType<typeof silent>>): void {
  subscriber.socket.send(JSON.stringify({ op: "ack", received: subscriber.characters }));
  subscriber.characters = 0;
}

test("a subscriber that does not acknowledge gets a resync, then nothing, and is then disconnected", async () => {
  const subscriber = await silent("?channels=orders,trades");
  await flushes(13);
  await eventually(() => subscriber.types.includes("resync"));
  const count = subscriber.types.length;
  expect(subscriber.types.slice(-2)).toEqual(["resync", "resync"]);
  await flushes(2);
  expect([subscriber.types.length, subscriber.code]).toEqual([count, 0]);
  vi.useFakeTimers({ now: Date.now() + 10_001, toFake: ["Date"] });
  await flushes(1);
  await eventually(() => subscriber.code !== 0);
  expect(subscriber.code).toBe(1013);
  expect((await object().readMetrics()).sockets).toBe(0);
});

test("a subscriber that catches up gets snapshots and continues; one that is soon slow again is disconnected", async () => {
  const subscriber = await silent("?channels=book,orders");
  await eventually(() => subscriber.types.length === 2);
  await flushes(13);
  await eventually(() => subscriber.types.at(-1) === "resync");
  acknowledge(subscriber);
  await eventually(() => subscriber.types.slice(-3).filter((type) => type === "snapshot").length >= 3);
  acknowledge(subscriber);
  await flushes(1);
  await eventually(() => subscriber.types.at(-1) === "update");
  expect(subscriber.types.filter((type) => type === "resync")).toHaveLength(2);
  vi.useFakeTimers({ now: Date.now() + 60_001, toFake: ["Date"] });
  acknowledge(subscriber);
  await flushes(13);
  vi.setSystemTime(Date.now() + 1_001);
  await eventually(() => subscriber.types.at(-1) === "resync");
  acknowledge(subscriber);
  await eventually(() => endsInParts(subscriber.texts));
  acknowledge(subscriber);
  await flushes(16);
  vi.setSystemTime(Date.now() + 1_001);
  await eventually(() => subscriber.code !== 0);
  expect(subscriber.code).toBe(1013);
});

describe("a paused subscriber, after a loss of memory", () => {
  /** A pending timer or call prevents an eviction. With a date that is not ahead, waiting needs no call. */
  async function slow(query: string, channels: number) {
    vi.useFakeTimers({ now: Date.now(), toFake: ["Date", "setTimeout"] });
    const subscriber = await silent(query);
    await flushes(13);
    await scheduler.wait(1_001);
    vi.setSystemTime(Date.now() + 1_001);
    await flushes(1);
    await eventually(() => subscriber.types.filter((type) => type === "resync").length === channels);
    return subscriber;
  }

  test("is still paused, and then gets snapshots", async () => {
    const subscriber = await slow("?channels=orders,book,status", 3);
    const count = subscriber.types.length;
    await evictDurableObject(object(), { webSockets: "hibernate" });
    await flushes(1);
    subscriber.socket.send(JSON.stringify({ op: "ack", received: 500_000 }));
    await book();
    expect(subscriber.types).toHaveLength(count);
    await evictDurableObject(object(), { webSockets: "hibernate" });
    subscriber.characters -= 500_000;
    acknowledge(subscriber);
    await eventually(() => subscriber.types.length >= count + 4);
    expect(subscriber.types.slice(count)).toEqual(Array.from({ length: 4 }, () => "snapshot"));
  });

  test("is disconnected if it does not catch up", async () => {
    const subscriber = await slow("?channels=orders", 1);
    await evictDurableObject(object(), { webSockets: "hibernate" });
    vi.useFakeTimers({ now: Date.now() + 10_001, toFake: ["Date"] });
    await book();
    await eventually(() => subscriber.code !== 0);
    expect(subscriber.code).toBe(1013);
  });
});

test("a subscriber that has caught up gets nothing of a channel before its snapshot", async () => {
  const subscriber = await silent("?channels=orders,trades,book@100ms");
  await flushes(13);
  await eventually(() => subscriber.types.filter((type) => type === "resync").length === 3);
  const count = subscriber.types.length;
  await scheduler.wait(150);
  await place();
  acknowledge(subscriber);
  await scheduler.wait(150);
  const first = subscriber.texts.slice(count).find((text) => text.includes("book@100ms"));
  expect(JSON.parse(first ?? "{}")).toMatchObject({ type: "snapshot" });
});

test.each(["?channels=orders", ""])(
  "a subscriber that pings from time to time counts as reading (%s)",
  async (query) => {
    const subscriber = await silent(query);
    for (let round = 0; round < 6; round++) {
      await flushes(7);
      subscriber.socket.send("ping");
      await eventually(() => subscriber.types.filter((type) => type === "pong").length === round + 1);
    }
    expect([subscriber.types.includes("resync"), subscriber.code]).toEqual([false, 0]);
  },
);

test("the plain stream ends for a subscriber that does not read, at a higher bound and without a second chance", async () => {
  const subscriber = await silent("");
  await flushes(25);
  expect(subscriber.code).toBe(0);
  await flushes(40);
  await eventually(() => subscriber.code !== 0);
  expect(subscriber.code).toBe(1013);
});

test("a subscriber that begins several long channels at once has room for all of them", async () => {
  for (let round = 0; round < 12; round++) {
    const prices = Array.from({ length: 1_000 }, (_, index) => 1 + round * 1_000 + index);
    await submitTogether(prices.map((price) => line({ price: String(price) })));
  }
  const subscriber = await silent("?channels=orders,book,book@100ms");
  await eventually(() => subscriber.types.length === 6);
  await flushes(1);
  await scheduler.wait(1_100);
  await flushes(1);
  await scheduler.wait(1_100);
  expect(subscriber.types).not.toContain("resync");
});

test("one message above the bound, twice in a minute, does not affect a subscriber that reads it", async () => {
  const edge = new FeedClient({ clientId: "me", cancelsOnDisconnect: true });
  const executions = edge.client.subscribe("executions");
  await eventually(() => executions.seq === 0);
  for (let round = 1; round <= 2; round++) {
    const entries = Array.from({ length: 1_000 }, (_, index) => ({
      action: "place",
      side: "buy",
      type: "limit",
      price: "5",
      quantity: "1",
      client_order_id: `${round}-${index}-`.padEnd(64, "x"),
    }));
    const batch = { instrument: "BTC-USD", client_id: "me", entries };
    expect((await post("/orders/batch", batch)).status).toBe(200);
    await eventually(() => executions.seq === round * 2_000);
  }
  await scheduler.wait(1_100);
  await place({ client_id: "me" });
  await eventually(() => executions.seq === 4_002);
  expect([executions.gaps, executions.state.reports.length, edge.closes]).toEqual([0, 1_000, []]);
  edge.close();
});

describe("in a quiet market", () => {
  /** Begins a channel of about 70 kB a number of times. */
  async function greedy(count: number) {
    await submitTogether(Array.from({ length: 1_000 }, () => line({ price: "5" })));
    const subscriber = await silent("?channels=orders&client_id=me");
    const subscribe = JSON.stringify({ op: "subscribe", channels: ["orders"] });
    for (let sent = 0; sent < count; sent++) subscriber.socket.send(subscribe);
    return subscriber;
  }

  test("a subscriber that requests much and does not acknowledge is slow, and then disconnected", async () => {
    const subscriber = await greedy(25);
    await eventually(() => subscriber.types.at(-1) === "resync");
    expect(subscriber.types.filter((type) => type === "snapshot")).toHaveLength(26);
    vi.useFakeTimers({ now: Date.now() + 10_001, toFake: ["Date"] });
    await eventually(() => subscriber.code !== 0);
    expect([subscriber.types.at(-1), subscriber.code]).toEqual(["resync", 1013]);
  });

  test("sixteen mebibytes at once are too much, and so are the answers to later requests", async () => {
    const subscriber = await greedy(400);
    await eventually(() => subscriber.types.includes("resync"));
    await eventually(() => subscriber.types.filter((type) => type === "answer").length === 400);
    expect(subscriber.characters).toBeLessThan(18 * 1024 * 1024);
    const request_id = "x".repeat(64);
    for (let sent = 0; sent < 8_000; sent++)
      subscriber.socket.send(JSON.stringify({ op: "cancel_after", request_id, body: {} }));
    await eventually(() => subscriber.code !== 0);
    expect(subscriber.code).toBe(1013);
  });

  test("a subscriber that pings, or acknowledges more than it was sent, continues and has no credit", async () => {
    const subscriber = await greedy(25);
    await eventually(() => subscriber.types.at(-1) === "resync");
    subscriber.socket.send("ping");
    await eventually(() => subscriber.types.at(-1) === "snapshot");
    subscriber.characters = 1e12;
    acknowledge(subscriber);
    vi.useFakeTimers({ now: Date.now() + 60_001, toFake: ["Date"] });
    for (let sent = 0; sent < 25; sent++)
      subscriber.socket.send(JSON.stringify({ op: "subscribe", channels: ["orders"] }));
    await eventually(() => subscriber.types.filter((type) => type === "answer").length === 50);
    vi.setSystemTime(Date.now() + 1_001);
    await eventually(() => subscriber.types.at(-1) === "resync");
  });

  test("a ping acknowledges nothing that is sent after it", async () => {
    const subscriber = await silent("?channels=orders");
    await flushes(5);
    subscriber.socket.send("ping");
    await eventually(() => subscriber.types.includes("pong"));
    await flushes(13);
    await eventually(() => subscriber.types.at(-1) === "resync");
  });
});

test("the project's own client acknowledges, also through hibernation, and is never slow", async () => {
  const edge = new FeedClient();
  const orders = edge.client.subscribe("orders");
  await eventually(() => orders.seq === 0);
  await flushes(10);
  await evictDurableObject(object(), { webSockets: "hibernate" });
  await flushes(20);
  const { sequence } = await book();
  await eventually(() => orders.seq === sequence);
  expect([orders.gaps, orders.faults, edge.closes]).toEqual([0, 0, []]);
  edge.close();
});
