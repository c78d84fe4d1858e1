import { reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import {
  directMax,
  placeFor,
  placeText,
  readPlace,
  relayLevels,
  upstreamOf,
  upstreamOrigin,
} from "../../../durable-objects/calls/relay-tree.ts";
import type { Relay } from "../../../durable-objects/relay/relay.ts";
import { tradeList } from "../../../protocol/market-data.ts";
import { Random } from "../../support/random.ts";
import { book, expectProblem, get, place, read, send } from "../../worker/client.ts";
import { Flow, line, object, submitTogether } from "../flow.ts";
import { EdgeSocket, eventually, FeedClient, raw } from "./feed-client.ts";

beforeEach(reset);

const SEVERAL = "?instrument=ETH-USD,BTC-USD&channels=";

describe("a connection to several instruments", () => {
  test("has messages of each, and uses the first by default", async () => {
    const { socket, messages } = await raw(`${SEVERAL}book,trades`);
    await eventually(() => messages.length === 4);
    expect(messages.map(({ instrument, channel }) => `${instrument} ${channel}`).sort()).toEqual([
      "BTC-USD book",
      "BTC-USD trades",
      "ETH-USD book",
      "ETH-USD trades",
    ]);
    socket.send('{"op":"subscribe","channels":["status"],"request_id":"1"}');
    await eventually(() => messages.length === 6);
    expect(messages.slice(4)).toContainEqual(
      expect.objectContaining({ body: { instrument: "ETH-USD", channels: ["book", "trades", "status"] } }),
    );
    await place({ instrument: "ETH-USD", price: "7" });
    await place({ price: "8" });
    await eventually(() => messages.length === 8);
    expect(messages.slice(6)).toMatchObject([
      { instrument: "ETH-USD", channel: "book", bids: [{ price: "7.00" }] },
      { instrument: "BTC-USD", channel: "book", bids: [{ price: "8.00" }] },
    ]);
  });

  test.each([
    [{ op: "place", body: {} }, "forbidden"],
    [{ op: "subscribe", channels: ["executions"] }, "forbidden"],
    [{ op: "subscribe", channels: ["book"], instrument: "X" }, "instrument_unknown"],
  ])("is refused %j", async (request, code) => {
    const { socket, messages } = await raw(SEVERAL);
    socket.send(JSON.stringify(request));
    await eventually(() => messages.length === 1);
    expect(messages[0]).toMatchObject({ type: "answer", body: { code } });
  });

  test.each(["", "&channels=book&client_id=me", "&channels=book&resume_from=1&epoch=1"])(
    "is public, names channels and begins anew (%s)",
    async (query) => {
      const reply = await send(`/stream?instrument=BTC-USD,ETH-USD${query}`, {
        headers: { upgrade: "websocket" },
      });
      expectProblem(reply, "invalid_value", "instrument");
    },
  );

  test("ends with its last subscriber, upstream too", async () => {
    const { socket, messages } = await raw(`${SEVERAL}book`);
    await eventually(() => messages.length === 2);
    expect((await object().readMetrics()).sockets).toBe(1);
    socket.close(1000);
    await eventually(() => socket.readyState === WebSocket.CLOSED);
    for (let tries = 0; (await object().readMetrics()).sockets > 0; tries++) {
      expect(tries).toBeLessThan(100);
      await scheduler.wait(10);
    }
  });
});

test("an instrument with enough subscribers refers public ones to relays, and accepts those of clients", async () => {
  for (let count = 0; count < 20; count++) await raw("?channels=status");
  expect((await object().readMetrics()).sockets).toBe(20);
  const { messages } = await raw("?channels=book");
  await eventually(() => messages.length === 1);
  await raw("?channels=book&client_id=me");
  await raw("");
  expect((await object().readMetrics()).sockets, "with the relay").toBe(23);
});

/** Connects to a specific relay of the first level, whatever the worker would choose. */
async function relaySocket(url: string): Promise<WebSocket> {
  const target = `${url.replace(/^ws/, "http")}&place=${encodeURIComponent("any/1.0")}`;
  const response = await env.RELAY.getByName("any/1.0").fetch(target, { headers: { upgrade: "websocket" } });
  if (response.webSocket === null) throw new Error(`the relay answered ${response.status}`);
  return response.webSocket;
}

test.each(["the instrument itself", "a relay"])(
  "of %s more subscribers than are sent to at once know all the same, some of it put together",
  async (of) => {
    const faults: unknown[] = [];
    const socket = async (url: string) =>
      new EdgeSocket(await relaySocket(url), faults, undefined) as unknown as WebSocket;
    const followers = Array.from({ length: 40 }, (_, index) => {
      const edge =
        of === "a relay"
          ? new FeedClient({ connect: socket, instrument: "BTC-USD" })
          : new FeedClient({ clientId: `me-${index}` });
      let messages = 0;
      const [book, orders] = [
        edge.client.subscribe("book", () => void messages++),
        edge.client.subscribe("orders"),
      ];
      const trades = edge.client.subscribe("trades");
      return { edge, book, orders, trades, messages: () => messages };
    });
    await eventually(() => followers.every(({ orders }) => orders.seq === 0));
    const flow = new Flow(new Random(91));
    // Five at once, so that the flushes follow each other directly.
    for (let round = 0; round < 15; round++) await Promise.all(Array.from({ length: 5 }, () => flow.step()));
    const { bids, asks, sequence } = await book("?levels=1000");
    const list = read(await get("/public/trades?limit=1000"), 200, tradeList).trades.reverse();
    const tradeSeq = list.at(-1)?.sequence;
    await eventually(() =>
      followers.every((each) => {
        return each.book.seq === sequence && each.orders.seq === sequence && each.trades.seq === tradeSeq;
      }),
    );
    const flushes = (await object().readMetrics()).flushCommands.count;
    for (const { edge, book, orders, trades, messages } of followers) {
      expect({ bids: book.state.bids, asks: book.state.asks }).toEqual({ bids, asks });
      expect(trades.state.trades).toEqual(list);
      expect(orders.state.bids).toEqual(followers[0]?.orders.state.bids);
      for (const { gaps, faults: wrong } of [book, orders, trades]) expect([gaps, wrong]).toEqual([0, 0]);
      expect(messages(), "flushes were put together").toBeLessThan(flushes);
      edge.close();
    }
    expect(faults).toEqual([]);
  },
);

/** A connection to that relay, and the messages from it. */
async function relayRaw(query: string) {
  const socket = await relaySocket(`ws://venue.test/stream?instrument=BTC-USD&${query}`);
  const messages: Record<string, unknown>[] = [];
  socket.addEventListener("message", ({ data }) => void messages.push(JSON.parse(String(data))));
  socket.accept();
  return { socket, messages };
}

describe("a relay that is asked to resume", () => {
  beforeEach(async () => {
    await place();
    const { messages } = await relayRaw("channels=book,status,trades");
    await eventually(() => messages.length === 3);
  });

  test.each([
    ["ahead", 9, 1],
    ["epoch_changed", 2, 7],
  ])("from an impossible position answers with resync (%s), then a snapshot", async (reason, seq, epoch) => {
    const { messages } = await relayRaw(`channels=book&resume_from=${seq}&epoch=${epoch}`);
    await eventually(() => messages.length === 2);
    expect(messages).toMatchObject([
      { type: "resync", channel: "book", reason },
      { type: "snapshot", seq: 2 },
    ]);
  });

  test("continues from there, and begins anew channels that cannot be resumed", async () => {
    const { messages } = await relayRaw("channels=book,status&resume_from=2&epoch=1");
    await eventually(() => messages.length === 1);
    await place({ price: "7" });
    await eventually(() => messages.length === 2);
    expect(messages).toMatchObject([
      { type: "snapshot", channel: "status" },
      { type: "update", channel: "book", prev_seq: 2 },
    ]);
  });
});

test("a slow subscriber of a relay gets a resync of its known channels, and the others are served", async () => {
  await submitTogether(Array.from({ length: 1_000 }, () => line()));
  const { messages } = await relayRaw("channels=orders");
  await eventually(() => messages.length === 1);
  await runInDurableObject(env.RELAY.getByName("any/1.0"), (relay, state) => {
    const [slow] = state.getWebSockets();
    const ask = (request: object) =>
      slow && (relay as Relay).webSocketMessage(slow, JSON.stringify({ op: "subscribe", ...request }));
    ask({ channels: ["status"], instrument: "ETH-USD" });
    for (let count = 0; count < 400; count++) ask({ channels: ["orders"] });
  });
  await eventually(() => messages.some(({ type }) => type === "resync"));
  expect(messages.filter(({ type }) => type === "resync")).toMatchObject([
    { instrument: "BTC-USD", channel: "orders", reason: "slow" },
  ]);
});

describe("the tree", () => {
  test("has levels, each relay of which follows one of the level above", () => {
    const levels = relayLevels("2,16");
    const served = Array.from({ length: 160 }, (_, index) => placeFor("EU", index / 160, levels));
    expect(new Set(served.map(placeText)).size).toBe(16);
    const above = served.map((each) => upstreamOf(each, levels));
    expect(new Set(above.map((each) => each && placeText(each)))).toEqual(new Set(["core/1.0", "core/1.1"]));
    expect(above.map((each) => each && upstreamOf(each, levels))).toEqual(above.map(() => undefined));
    for (const each of served) expect(readPlace(placeText(each))).toEqual(each);
    expect(relayLevels("0")).toEqual([]);
    expect(placeFor("EU", 0.99, [])).toEqual({ level: 1, index: 0, region: "EU" });
  });

  test.each(["", "x", "1,", "-1", "2,0", "1.5", "10001"])("STREAM_RELAYS=%j is refused by name", (text) => {
    expect(() => relayLevels(text)).toThrow("STREAM_RELAYS");
  });

  test.each(["x", "-1", "1.5"])("STREAM_DIRECT_MAX=%j is refused by name", (text) => {
    expect(() => directMax(text)).toThrow("STREAM_DIRECT_MAX");
  });
});

test.each([
  ["http://localhost:3000", "http://localhost:3000"],
  ["http://localhost:3000/", "http://localhost:3000"],
  ["https://venue.example:443", "https://venue.example"],
])("the venue of a relay host may be %s", (text, origin) => {
  expect(upstreamOrigin(text)).toBe(origin);
});

test.each([
  "",
  "venue.example",
  "localhost:3000",
  "ws://venue.example",
  "https://venue.example/api",
  "https://venue.example/?a=1",
  "https://me:secret@venue.example",
])("the venue of a relay host may not be %j", (text) => {
  expect(() => upstreamOrigin(text)).toThrow("STREAM_UPSTREAM must be an address");
});
