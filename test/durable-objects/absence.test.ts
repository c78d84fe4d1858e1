import {
  abortAllDurableObjects,
  evictDurableObject,
  reset,
  runDurableObjectAlarm,
  runInDurableObject,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { readAnswer } from "../../durable-objects/calls/answer.ts";
import { writeLine } from "../../durable-objects/calls/call.ts";
import type { Instrument } from "../../durable-objects/instrument/instrument.ts";
import { QUEUE_MAX } from "../../durable-objects/instrument/sequencer.ts";
import { orderList } from "../../protocol/order-entry.ts";
import { cancelAfterAnswer } from "../../protocol/order-group.ts";
import { expectProblem, get, place, post, read } from "../worker/client.ts";
import { FeedClient, openSocket } from "./feed/feed-client.ts";
import { line, object, selectOne } from "./flow.ts";

beforeEach(reset);
afterEach(() => void vi.useRealTimers());

const LIMIT = { side: "buy", type: "limit", price: "100", quantity: "1" } as const;

async function openPrices(clientId: string): Promise<number[]> {
  const list = read(await get(`/orders?client_id=${clientId}&status=open`), 200, orderList);
  return list.orders.map(({ price }) => Number(price));
}

describe("cancel on disconnect", () => {
  const tied = { clientId: "me", cancelsOnDisconnect: true };

  test("ends the client's orders with its last connection that requests it, and no other client's", async () => {
    const [first, second] = [new FeedClient(tied), new FeedClient(tied)];
    const other = new FeedClient({ clientId: "me" });
    await Promise.all([first, second, other].map(({ client }) => client.request({ op: "cancel_all" })));
    await place({ client_id: "you", price: "99" });
    await first.client.place(LIMIT);
    first.close();
    await second.client.place({ ...LIMIT, price: "101" });
    expect(await openPrices("me")).toEqual([101, 100]);
    await evictDurableObject(object(), { webSockets: "hibernate" });
    second.close();
    await vi.waitFor(async () => expect(await openPrices("me")).toEqual([]));
    expect(await openPrices("you")).toEqual([99]);
    await place({ client_id: "me", price: "5" });
    other.close();
    await scheduler.wait(50);
    expect(await openPrices("me")).toEqual([5]);
  });

  test.each(["abort", "close"])("holds when the connection ends by an %s of the object", async (end) => {
    const socket = await openSocket(
      "http://venue.test/stream?channels=&client_id=me&cancel_on_disconnect=true",
    );
    socket.accept();
    await place({ client_id: "me", price: "100" });
    if (end === "abort") await abortAllDurableObjects();
    else await evictDurableObject(object(), { webSockets: "close" });
    await vi.waitFor(async () => expect(await openPrices("me")).toEqual([]));
    await place({ client_id: "me", price: "7" });
    await abortAllDurableObjects();
    expect(await openPrices("me"), "it is over then").toEqual([7]);
  });
});

describe("even if the queue of commands is full, the orders end", () => {
  /** Fills the queue and, in the same turn, triggers the end of the client's orders. */
  function overloaded(end: (instrument: Instrument, state: DurableObjectState) => void): Promise<void> {
    return runInDurableObject(object(), async (instrument, state) => {
      const waiting = Array.from({ length: QUEUE_MAX / 1_000 }, () =>
        instrument.submit(writeLine({ kind: "cancel_all", clientId: "nobody", side: null }), 1_000),
      );
      expect(readAnswer(await instrument.submit(line())).status).toBe(503);
      end(instrument as Instrument, state);
      await Promise.all(waiting);
    });
  }

  test("with the connection", async () => {
    const socket = await openSocket(
      "http://venue.test/stream?channels=&client_id=me&cancel_on_disconnect=true",
    );
    socket.accept();
    await place({ client_id: "me", price: "100" });
    await overloaded((instrument, state) => {
      for (const each of state.getWebSockets()) instrument.webSocketClose(each, 1000);
    });
    await vi.waitFor(async () => expect(await openPrices("me")).toEqual([]));
  });

  test("at the switch's time", async () => {
    await place({ client_id: "me", price: "100" });
    await runInDurableObject(object(), (instrument) => void instrument.cancelAfter("me", 60));
    vi.useFakeTimers({ now: Date.now() + 61_000, toFake: ["Date"] });
    await overloaded((instrument) => void instrument.alarm());
    await vi.waitFor(async () => expect(await openPrices("me")).toEqual([]));
  });
});

describe("if the storage is too full even for cancels, the orders end once it is not", () => {
  /** Restarts the object with this limit on its storage; undefined for the default. */
  async function limit(bytes: string | undefined): Promise<void> {
    Object.assign(env, { STORAGE_BYTES_MAX: bytes });
    await evictDurableObject(object(), { webSockets: "hibernate" });
    await object().readMetrics();
  }
  afterEach(() => limit(undefined));

  test("with the connection", async () => {
    const socket = await openSocket(
      "http://venue.test/stream?channels=&client_id=me&cancel_on_disconnect=true",
    );
    socket.accept();
    const { order_id } = await place({ client_id: "me", price: "100" });
    await limit("1");
    expectProblem(await post(`/orders/${order_id}/cancel`), "storage_full");
    socket.close(1000);
    await vi.waitFor(async () => expect((await object().readMetrics()).sockets).toBe(0));
    await scheduler.wait(50);
    expect(await alarmInMs()).toBeLessThan(6_000);
    await runDurableObjectAlarm(object());
    expect(await openPrices("me")).toEqual([100]);
    await limit(undefined);
    await vi.waitFor(async () => expect(await openPrices("me")).toEqual([]));
  });

  test("at the switch's time", async () => {
    await place({ client_id: "me", price: "100" });
    await runInDurableObject(object(), (instrument) => void instrument.cancelAfter("me", 60));
    await limit("1");
    vi.useFakeTimers({ now: Date.now() + 61_000, toFake: ["Date"] });
    await runDurableObjectAlarm(object());
    await expectRetry();
    vi.setSystemTime(Date.now() + 10_000);
    await runDurableObjectAlarm(object());
    await expectRetry();
    await limit(undefined);
    await runDurableObjectAlarm(object());
    expect(await openPrices("me")).toEqual([]);
  });

  /**
   * Checks that the order exists and will be ended in five seconds. The object's time is ahead of a clock
   * that stands still.
   */
  async function expectRetry(): Promise<void> {
    expect(await openPrices("me")).toEqual([100]);
    const inMs = await alarmInMs();
    expect(inMs).toBeGreaterThanOrEqual(5_000);
    expect(inMs).toBeLessThan(10_000);
  }

  /** The time until the alarm. */
  function alarmInMs(): Promise<number> {
    return runInDurableObject(object(), async (_, { storage }) => {
      return ((await storage.getAlarm()) ?? Number.POSITIVE_INFINITY) - Date.now();
    });
  }
});

test("a client that returns before its orders have ended is tied again", async () => {
  const query = "?channels=&client_id=me&cancel_on_disconnect=true";
  const first = await openSocket(`http://venue.test/stream${query}`);
  first.accept();
  await runInDurableObject(object(), (calls, state) => {
    const instrument = calls as Instrument;
    for (const each of state.getWebSockets()) instrument.webSocketClose(each, 1000);
    const upgrade = { headers: { upgrade: "websocket" } };
    instrument.fetch(new Request(`http://venue.test/stream${query}`, upgrade)).webSocket?.accept();
  });
  await place({ client_id: "me", price: "100" });
  expect(await selectOne("SELECT count(*) AS clients FROM tied_clients")).toEqual({ clients: 1 });
  expect(await openPrices("me")).toEqual([100]);
});

describe("the dead man's switch", () => {
  async function setSwitch(seconds: number, instrument?: string) {
    const body = { client_id: "me", seconds, ...(instrument === undefined ? {} : { instrument }) };
    return read(await post("/orders/cancel-after", body), 200, cancelAfterAnswer).results;
  }

  test("ends the client's orders at its time, by the alarm, also after an eviction", async () => {
    await place({ client_id: "me", price: "100" });
    await place({ client_id: "you", price: "99" });
    const [timer] = await setSwitch(60, "BTC-USD");
    expect(timer).toMatchObject({ instrument: "BTC-USD", cancel_at: expect.any(String) });
    await runDurableObjectAlarm(object());
    expect(await openPrices("me")).toEqual([100]);
    await evictDurableObject(object());
    vi.useFakeTimers({ now: Date.now() + 61_000, toFake: ["Date"] });
    await runDurableObjectAlarm(object());
    expect([await openPrices("me"), await openPrices("you")]).toEqual([[], [99]]);
    await place({ client_id: "me", price: "7" });
    vi.setSystemTime(Date.now() + 120_000);
    await runDurableObjectAlarm(object());
    expect(await openPrices("me"), "once").toEqual([7]);
  });

  test("is postponed by setting it again, and removed by zero", async () => {
    await place({ client_id: "me", price: "100" });
    await setSwitch(1);
    await setSwitch(300);
    await scheduler.wait(1_300);
    expect(await openPrices("me")).toEqual([100]);
    expect(await setSwitch(0)).toMatchObject([{ cancel_at: null }, { cancel_at: null }, { cancel_at: null }]);
    await setSwitch(1, "BTC-USD");
    await setSwitch(0, "BTC-USD");
    await scheduler.wait(1_300);
    expect(await openPrices("me")).toEqual([100]);
  });

  test("works by itself, over a socket too", async () => {
    const { client } = new FeedClient({ clientId: "me" });
    await client.place(LIMIT);
    await client.request({ op: "cancel_after", body: { seconds: 1 } });
    await vi.waitFor(async () => expect(await openPrices("me")).toEqual([]), {
      timeout: 5_000,
      interval: 100,
    });
    client.close();
  });

  test.each([
    [{ seconds: 5 }, "missing_field", "client_id"],
    [{ client_id: "me" }, "missing_field", "seconds"],
    [{ client_id: "me", seconds: -1 }, "invalid_value", "seconds"],
    [{ client_id: "me", seconds: 1.5 }, "invalid_value", "seconds"],
    [{ client_id: "me", seconds: 5, instrument: "X" }, "instrument_unknown", "instrument"],
  ] as const)("%j is refused", async (body, code, field) => {
    expectProblem(await post("/orders/cancel-after", { ...body }), code, field);
  });
});
