import { evictDurableObject, reset } from "cloudflare:test";
import { beforeEach, describe, expect, test } from "vitest";
import type { Channel } from "../../../protocol/feed/feed-channel.ts";
import type { ChannelMessage } from "../../../protocol/feed/feed-message.ts";
import { book, ORDER, place, placeMarket, post } from "../../worker/client.ts";
import { line, object, submitTogether } from "../flow.ts";
import { eventually, FeedClient } from "./feed-client.ts";

beforeEach(reset);

/** Follows a channel, and keeps the applied messages. */
function follow<C extends Channel>(channel: C, clientId?: string) {
  const edge = new FeedClient(clientId === undefined ? {} : { clientId });
  const messages: ChannelMessage[] = [];
  const texts: string[] = [];
  const subscription = edge.client.subscribe(channel, (_, message, each) => {
    messages.push(message);
    texts.push(...each);
  });
  return { edge, messages, texts, subscription };
}

describe("a channel begins with a snapshot, and each message follows the previous one", () => {
  test("book", async () => {
    const { edge, messages, subscription } = follow("book");
    await eventually(() => messages.length === 1);
    expect(messages[0]).toMatchObject({
      type: "snapshot",
      channel: "book",
      instrument: "BTC-USD",
      epoch: 1,
      seq: 0,
      prev_seq: null,
      time: null,
      bids: [],
      asks: [],
      checksum: 0,
    });
    await place({ quantity: "1" });
    await placeMarket("sell", "0.4");
    await eventually(() => messages.length === 3);
    expect(messages.slice(1)).toMatchObject([
      {
        type: "update",
        seq: 2,
        prev_seq: 0,
        bids: [{ price: "50000.00", quantity: "1.00000000", orders: 1 }],
      },
      {
        type: "update",
        seq: 4,
        prev_seq: 2,
        bids: [{ price: "50000.00", quantity: "0.60000000", orders: 1 }],
      },
    ]);
    expect(subscription.state.bids).toEqual((await book()).bids);
    edge.close();
  });

  test("book.10 publishes nothing below the tenth level, and what moves up into it", async () => {
    await submitTogether(Array.from({ length: 12 }, (_, index) => line({ price: String(100 + index) })));
    const { edge, messages, subscription } = follow("book.10");
    await eventually(() => messages.length === 1);
    const { order_id } = await place({ price: "100.5" });
    await place({ price: "102.5" });
    await post(`/orders/${order_id}/cancel`);
    await eventually(() => messages.length === 2);
    expect(messages[1]).toMatchObject({
      bids: [
        { price: "102.50", orders: 1 },
        { price: "102.00", orders: 0 },
      ],
    });
    await placeMarket("sell", "3");
    await eventually(() => messages.length === 3);
    expect(subscription.state.bids.map(({ price }) => Number(price))).toEqual([
      108, 107, 106, 105, 104, 103, 102.5, 102, 101, 100,
    ]);
    edge.close();
  });

  test("book@100ms conflates flushes", async () => {
    const { edge, messages, subscription } = follow("book@100ms");
    await eventually(() => messages.length === 1);
    for (const price of ["1", "2", "3", "4"]) await place({ price });
    await eventually(() => subscription.seq === 8);
    expect(messages.length).toBeLessThan(4);
    expect(subscription.state.bids.map(({ price }) => Number(price))).toEqual([4, 3, 2, 1]);
    edge.close();
  });

  test("orders publishes queues without owners, and which order goes to the back", async () => {
    const first = await place({ client_id: "secret", quantity: "1" });
    await place({ quantity: "2" });
    const { edge, messages, subscription } = follow("orders");
    await eventually(() => messages.length === 1);
    expect(messages[0]).toMatchObject({
      asks: [],
      bids: [
        { order: 1, price: "50000.00", quantity: "1.00000000" },
        { order: 3, price: "50000.00", quantity: "2.00000000" },
      ],
    });
    await post(`/orders/${first.order_id}/amend`, { quantity: "3" });
    await placeMarket("sell", "2.5");
    await eventually(() => messages.length === 3);
    expect(messages.slice(1)).toMatchObject([
      { orders: [{ order: 1, side: "buy", quantity: "3.00000000", is_last: true }] },
      {
        orders: [
          { order: 3, quantity: "0.00000000", is_last: false },
          { order: 1, quantity: "2.50000000", is_last: false },
        ],
      },
    ]);
    expect(subscription.state.bids).toEqual([{ order: 1, price: "50000.00", quantity: "2.50000000" }]);
    expect(JSON.stringify(messages)).not.toContain("secret");
    edge.close();
  });

  test("orders in parts", async () => {
    const lines = Array.from({ length: 10_050 }, (_, index) => line({ price: String(1 + (index % 500)) }));
    for (let from = 0; from < lines.length; from += 2_500)
      await submitTogether(lines.slice(from, from + 2_500));
    await place({ side: "sell", price: "900" });
    const { edge, messages, texts, subscription } = follow("orders");
    await eventually(() => messages.length === 1);
    expect(messages).toMatchObject([{ asks: [{ price: "900.00" }] }]);
    expect(texts.map((text) => JSON.parse(text))).toMatchObject([
      { part: 1, parts: 2, asks: [] },
      { part: 2, parts: 2, asks: [{ price: "900.00" }] },
    ]);
    expect([subscription.state.bids.length, subscription.faults]).toEqual([10_050, 0]);
    edge.close();
  });

  test("orders publishes nothing about a waiting stop", async () => {
    const { edge, messages } = follow("orders");
    await eventually(() => messages.length === 1);
    const stop = { ...ORDER, type: "stop_limit", stop_price: "60000", price: "61000" };
    const { order_id } = JSON.parse((await post("/orders", stop)).text);
    await post(`/orders/${order_id}/cancel`);
    await eventually(() => messages.length === 3);
    expect(messages.slice(1)).toMatchObject([{ orders: [] }, { orders: [] }]);
    edge.close();
  });

  test("trades begins with the newest trades, and has no message without a trade", async () => {
    await place({ quantity: "1" });
    const first = await placeMarket("sell", "0.1");
    const { edge, messages, subscription } = follow("trades");
    await eventually(() => messages.length === 1);
    await place({ price: "1" });
    const second = await placeMarket("sell", "0.1");
    await eventually(() => messages.length === 2);
    expect(messages).toMatchObject([
      { seq: 4, trades: first.trades },
      { seq: 8, prev_seq: 4, trades: second.trades },
    ]);
    expect(subscription.state.trades).toEqual([...first.trades, ...second.trades]);
    edge.close();
  });

  test("status publishes an operator's freeze, and the expected result of an auction", async () => {
    const { edge, messages } = follow("status");
    await eventually(() => messages.length === 1);
    expect(messages[0]).toMatchObject({ trading_status: "trading", until: null, indicative: null });
    const authorization = "Bearer test-token";
    const admin = (path: string, body?: object) =>
      post(`/admin/instruments/BTC-USD/${path}`, body, { authorization });
    await admin("freeze");
    await admin("unfreeze");
    await admin("trading-status", { status: "auction" });
    await place({ quantity: "1" });
    await place({ quantity: "2", side: "sell" });
    await eventually(() => messages.length === 5);
    expect(messages.slice(1)).toMatchObject([
      { trading_status: "frozen", seq: 0 },
      { trading_status: "trading", seq: 0 },
      { trading_status: "auction", indicative: null },
      { trading_status: "auction", indicative: { price: "50000.00", quantity: "1.00000000" } },
    ]);
    edge.close();
  });

  test("executions numbers the reports of a client's orders, from its first subscription", async () => {
    await place({ client_id: "me", price: "1" });
    const { edge, messages, subscription } = follow("executions", "me");
    await eventually(() => messages.length === 1);
    expect(messages[0]).toMatchObject({ seq: 0, orders: [{ price: "1.00", client_id: "me" }] });
    await place({ client_id: "me", quantity: "1" });
    await place({ client_id: "another" });
    const { trades } = await placeMarket("sell", "0.4");
    await eventually(() => messages.length === 3);
    expect(subscription.state.reports).toMatchObject([
      { report: 1, kind: "accepted", order: { status: "open", remaining_quantity: "1.00000000" } },
      { report: 2, kind: "rested", order: { status: "open" } },
      { report: 3, kind: "traded", order: { status: "partially_filled" }, trade: trades[0] },
    ]);
    edge.close();
  });
});

test("a conflated or shortened channel begins anew after hibernation, the others continue", async () => {
  const names = ["book", "book.25", "book@100ms", "orders", "trades", "status"] as const;
  const followed = names.map((name) => follow(name));
  await eventually(() => followed.every(({ messages }) => messages.length === 1));
  await evictDurableObject(object(), { webSockets: "hibernate" });
  await place();
  await placeMarket("sell", "0.1");
  await eventually(() =>
    followed.every(({ subscription }) => (subscription.seq ?? 0) >= 4 || subscription.channel === "status"),
  );
  const types = followed.map(({ messages }) => messages.map(({ type }) => type[0]).join(""));
  expect(types.map((text) => text.replace(/u+$/, "u"))).toEqual(["su", "ssu", "ssu", "su", "su", "ss"]);
  for (const { edge, subscription } of followed) {
    expect([subscription.gaps, subscription.faults]).toEqual([0, 0]);
    edge.close();
  }
});
