import { evictDurableObject, reset } from "cloudflare:test";
import { beforeEach, describe, expect, test } from "vitest";
import { writeLine } from "../../../durable-objects/calls/call.ts";
import { tradeList } from "../../../protocol/market-data.ts";
import { Random } from "../../support/random.ts";
import { book, get, place, placeMarket, post, read } from "../../worker/client.ts";
import { bodyOf, Flow, line, object, submitTogether } from "../flow.ts";
import { type Subscriber, subscribe } from "./subscriber.ts";

beforeEach(reset);

/** Checks that the client's book equals the server's, at all levels. */
async function expectSameBook(subscriber: Subscriber, label?: string): Promise<void> {
  const { bids, asks, sequence } = await book("?levels=1000");
  await subscriber.until(({ seq }) => seq >= sequence);
  expect({ ...subscriber.book(), sequence: subscriber.seq }, label).toEqual({ bids, asks, sequence });
}

describe("a subscriber", () => {
  test("of an empty book gets an empty snapshot first, then each change", async () => {
    const subscriber = await subscribe();
    expect(subscriber.snapshot).toMatchObject({
      instrument: "BTC-USD",
      epoch: 1,
      seq: 0,
      bids: [],
      asks: [],
    });
    const placed = await place({ quantity: "1" });
    await subscriber.until(({ seq }) => seq === 2);
    expect(subscriber.updates).toMatchObject([
      {
        prev_seq: 0,
        seq: 2,
        trades: [],
        orders: [
          { order_id: placed.order_id, status: "open", remaining_quantity: "1.00000000", sequence: 2 },
        ],
        bids: [{ price: "50000.00", quantity: "1.00000000", orders: 1 }],
        asks: [],
      },
    ]);
  });

  test("sees trades, both orders of each, and the level that is left or gone", async () => {
    await place({ quantity: "1" });
    const subscriber = await subscribe();
    const first = await placeMarket("sell", "0.4");
    const last = await placeMarket("sell", "1");
    await expectSameBook(subscriber);
    expect(subscriber.updates.map(({ trades }) => trades)).toEqual([first.trades, last.trades]);
    expect(subscriber.updates.map(({ bids }) => bids)).toEqual([
      [{ price: "50000.00", quantity: "0.60000000", orders: 1 }],
      [{ price: "50000.00", quantity: "0.00000000", orders: 0 }],
    ]);
    expect(subscriber.updates.map(({ orders }) => orders.map(({ status }) => status).sort())).toEqual([
      ["filled", "partially_filled"],
      ["cancelled", "filled"],
    ]);
  });

  test("learns nothing about the owners of trades", async () => {
    const subscriber = await subscribe();
    await place({ client_id: "secret", idempotency_key: "secret" });
    await subscriber.until(({ seq }) => seq === 2);
    expect(JSON.stringify(subscriber.updates)).not.toContain("secret");
  });

  test("gets one message per flush, and none if nothing happened", async () => {
    const subscriber = await subscribe();
    await submitTogether([line({ price: "0" }), writeLine({ kind: "cancel", orderId: "nothing" })]);
    await submitTogether(Array.from({ length: 30 }, () => line()));
    await expectSameBook(subscriber);
    expect(subscriber.updates).toHaveLength(1);
  });

  test("of one instrument gets nothing of another", async () => {
    const subscriber = await subscribe("?instrument=ETH-USD");
    await place();
    await place({ instrument: "ETH-USD", price: "7" });
    await subscriber.until(({ seq }) => seq === 2);
    expect(subscriber.updates.map(({ bids }) => bids.map(({ price }) => price))).toEqual([["7.00"]]);
  });
});

describe.each([201, 202])("in a random flow of seed %i", (seed) => {
  test("every client's book equals the server's, whenever it connected, through hibernation", async () => {
    const random = new Random(seed);
    const flow = new Flow(random);
    const subscribers = [await subscribe()];
    for (let step = 0; step < 40; step++) {
      await flow.step();
      if (step % 10 === 5) subscribers.push(await subscribe());
      if (random.chance(0.25)) await evictDurableObject(object(), { webSockets: "hibernate" });
    }
    for (const subscriber of subscribers) await expectSameBook(subscriber, `seed ${seed}`);
    const trades = subscribers[0]?.updates.flatMap((update) => update.trades) ?? [];
    expect(trades.length, `seed ${seed} must trade`).toBeGreaterThan(20);
    const listed = read(await get("/public/trades?limit=1000"), 200, tradeList);
    expect(listed.trades.toReversed()).toEqual(trades);
    expect((await object().readMetrics()).sockets).toBe(subscribers.length);
  });
});

test("an eviction that closes the sockets has its close code; the next snapshot is the current book", async () => {
  const first = await subscribe();
  await place();
  await evictDurableObject(object(), { webSockets: "close" });
  await first.closed;
  await place({ price: "1" });
  const second = await subscribe();
  expect(second.snapshot?.seq).toBe(4);
  await expectSameBook(second);
});

test.each([1000, 4001, undefined])(
  "a subscriber that leaves with code %s is released at once and no longer counted, and trading continues",
  async (code) => {
    const subscriber = await subscribe();
    subscriber.socket.close(code);
    expect((await subscriber.closed).code).toBe(code ?? 1005);
    await place();
    expect((await object().readMetrics()).sockets).toBe(0);
  },
  5_000,
);

describe("a message from a subscriber", () => {
  test('"ping" is answered "pong", also after hibernation', async () => {
    const subscriber = await subscribe();
    subscriber.socket.send("ping");
    await subscriber.until(({ others }) => others.length === 1);
    await evictDurableObject(object(), { webSockets: "hibernate" });
    subscriber.socket.send("ping");
    await subscriber.until(({ others }) => others.length === 2);
    expect(subscriber.others).toEqual(["pong", "pong"]);
  });

  test.each([
    ["text", "hello"],
    ["JSON", '{"type":"subscribe"}'],
    ["nothing", ""],
    ["bytes", new Uint8Array([0, 255])],
  ])("that is %s gets an error message, and the stream continues", async (_, message) => {
    const subscriber = await subscribe();
    subscriber.socket.send(message);
    await subscriber.until(({ others }) => others.length === 1);
    expect(subscriber.others).toEqual(["malformed_message"]);
    await place();
    await subscriber.until(({ seq }) => seq === 2);
  });

  test("that cannot be read closes the socket at the tenth, counted through hibernation", async () => {
    const subscriber = await subscribe();
    for (let count = 1; count < 10; count++) {
      subscriber.socket.send("abuse");
      await subscriber.until(({ others }) => others.length === count);
      if (count === 5) await evictDurableObject(object(), { webSockets: "hibernate" });
    }
    subscriber.socket.send("abuse");
    expect((await subscriber.closed).code).toBe(1008);
  });

  test.each([
    ["text", "x".repeat(64 * 1024 + 1)],
    ["bytes", new Uint8Array(64 * 1024 + 1)],
  ])("of more than 64 KiB of %s closes the socket", async (_, message) => {
    const subscriber = await subscribe();
    subscriber.socket.send(message);
    expect((await subscriber.closed).code).toBe(1009);
  });

  test("of exactly 64 KiB is only unreadable", async () => {
    const subscriber = await subscribe();
    subscriber.socket.send("x".repeat(64 * 1024));
    await subscriber.until(({ others }) => others.length === 1);
    expect(subscriber.others).toEqual(["malformed_message"]);
  });
});

test("cancelled orders leave the stream's book as they leave the server's", async () => {
  const subscriber = await subscribe();
  const [first] = await submitTogether([line(), line({ price: "99" })]);
  await post(`/orders/${bodyOf(first ?? "").order_id}/cancel`);
  await expectSameBook(subscriber);
  expect(subscriber.book().bids.map(({ price }) => price)).toEqual(["99.00"]);
});
