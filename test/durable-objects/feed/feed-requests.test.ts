import { evictDurableObject, reset } from "cloudflare:test";
import { beforeEach, describe, expect, test } from "vitest";
import { BOOK_CHANNELS } from "../../../protocol/feed/feed-channel.ts";
import { expectProblem, place, placeMarket, send } from "../../worker/client.ts";
import { line, object, submitTogether } from "../flow.ts";
import { eventually, openSocket, raw } from "./feed-client.ts";

beforeEach(reset);

describe("resume_from", () => {
  test("has one message with what was missed, for each channel that can resume", async () => {
    await place({ quantity: "1" });
    const { trades } = await placeMarket("sell", "0.4");
    await place({ quantity: "2", side: "sell", price: "60000" });
    const { messages } = await raw("?channels=book,orders,trades&resume_from=2&epoch=1");
    await eventually(() => messages.length === 3);
    const [bid, ask] = [{ quantity: "0.60000000" }, { quantity: "2.00000000" }];
    expect(messages).toMatchObject([
      { type: "update", channel: "book", prev_seq: 2, seq: 6, bids: [bid], asks: [ask] },
      {
        type: "update",
        channel: "orders",
        prev_seq: 2,
        seq: 6,
        orders: [
          { order: 1, ...bid },
          { order: 5, ...ask },
        ],
      },
      { type: "update", channel: "trades", prev_seq: 2, seq: 4, trades },
    ]);
    await place({ price: "1" });
    await eventually(() => messages.length === 5);
    expect(messages.slice(3)).toMatchObject([{ prev_seq: 6 }, { prev_seq: 6 }]);
  });

  test.each([
    ["ahead", "resume_from=9&epoch=1"],
    ["epoch_changed", "resume_from=2&epoch=7"],
  ])("that is not possible is answered with resync (%s), then a snapshot", async (reason, query) => {
    await place();
    for (const channel of ["book", "orders", "trades"]) {
      const { messages } = await raw(`?channels=${channel}&${query}`);
      await eventually(() => messages.length === 2);
      expect(messages).toMatchObject([{ type: "resync", channel, reason }, { type: "snapshot" }]);
    }
  });

  test("from too far back begins anew", async () => {
    for (let round = 0; round < 5; round++)
      await submitTogether(Array.from({ length: 2_100 }, () => line({ price: String(1 + round) })));
    const { messages } = await raw("?channels=book&resume_from=2&epoch=1");
    await eventually(() => messages.length === 2);
    expect(messages).toMatchObject([{ type: "resync", reason: "too_old" }, { type: "snapshot" }]);
  });

  test("of executions uses the number of the report", async () => {
    const { socket } = await raw("?channels=executions&client_id=client-A");
    await place();
    await place();
    socket.close(1000);
    const { messages } = await raw("?channels=executions&client_id=client-A&resume_from=1&epoch=1");
    await eventually(() => messages.length === 1);
    expect(messages[0]).toMatchObject({
      prev_seq: 1,
      seq: 4,
      reports: [{ report: 2 }, { report: 3 }, { report: 4 }],
    });
  });
});

describe("a request", () => {
  test("begins and ends channels, and is answered after its effects", async () => {
    const { socket, messages } = await raw("?channels=");
    socket.send('{"op":"subscribe","channels":["trades","status"],"request_id":"a"}');
    await eventually(() => messages.length === 3);
    expect(messages).toMatchObject([
      { channel: "trades" },
      { channel: "status" },
      { type: "answer", request_id: "a", status: 200, body: { channels: ["trades", "status"] } },
    ]);
    socket.send('{"op":"unsubscribe","channels":["trades"],"instrument":"BTC-USD"}');
    await eventually(() => messages.length === 4);
    expect(messages[3]).toMatchObject({ type: "answer", request_id: null, body: { channels: ["status"] } });
    await place();
    await placeMarket("sell", "0.1");
    await evictDurableObject(object(), { webSockets: "hibernate" });
    await placeMarket("sell", "0.1");
    await eventually(() => messages.length === 5);
    expect(messages.slice(4)).toMatchObject([{ channel: "status", type: "snapshot" }]);
  });

  test.each([
    ["executions without a client", { op: "subscribe", channels: ["executions"] }, "forbidden"],
    ["an order without a client", { op: "place", body: {} }, "forbidden"],
    [
      "another instrument",
      { op: "subscribe", channels: ["book"], instrument: "ETH-USD" },
      "instrument_unknown",
    ],
    ["half a resume", { op: "subscribe", channels: ["book"], resume_from: 1 }, "missing_field"],
  ])("for %s is refused, and does not affect the connection", async (_, request, code) => {
    const { socket, messages } = await raw("?channels=");
    for (let count = 1; count <= 12; count++) socket.send(JSON.stringify({ ...request, request_id: "r" }));
    await eventually(() => messages.length === 12);
    expect(messages[11]).toMatchObject({ type: "answer", request_id: "r", body: { code } });
    expect(socket.readyState).toBe(WebSocket.OPEN);
  });

  test("to follow channels is refused on the plain stream, which continues", async () => {
    const { socket, messages } = await raw("");
    socket.send('{"op":"subscribe","channels":["trades"]}');
    await eventually(() => messages.length === 2);
    expect(messages[1]).toMatchObject({ type: "answer", status: 409, body: { code: "operation_refused" } });
    await evictDurableObject(object(), { webSockets: "hibernate" });
    await place();
    await eventually(() => messages.length === 3);
    expect(messages[2]).toMatchObject({ type: "update", seq: 2, prev_seq: 0 });
  });

  test.each([
    ['{"op":"subscribe","channels":["books"]}', "channels.0"],
    ['{"op":"subscribe","channels":[]}', "channels"],
    ['{"op":"ack"}', "received"],
    ['{"op":"dance"}', 'op must be one of "subscribe"'],
    ['{"op":"ack","received":1,"received":2}', "twice"],
  ])("%s gets its error", async (text, word) => {
    const { socket, messages } = await raw("?channels=");
    socket.send(text);
    await eventually(() => messages.length === 1);
    expect(messages[0]).toMatchObject({ type: "error", code: "malformed_message" });
    expect(String(messages[0]?.detail)).toContain(word);
  });
});

test.each([
  [{ op: "cancel", order_id: "x" }, "malformed_order_id", "order_id"],
  [{ op: "place" }, "missing_field", "body"],
  [{ op: "dance" }, "invalid_value", "op"],
  [{ op: "subscribe", channels: ["books"] }, "invalid_value", "channels.0"],
])("%j with a request_id is answered in its turn, and the connection stays", async (request, code, field) => {
  const { socket, messages } = await raw("?channels=&client_id=me");
  socket.send(JSON.stringify({ op: "cancel_all", request_id: "before" }));
  for (let count = 1; count <= 12; count++) socket.send(JSON.stringify({ ...request, request_id: "r" }));
  await eventually(() => messages.length === 13);
  expect(messages[0]).toMatchObject({ request_id: "before", status: 200 });
  expect(messages[12]).toMatchObject({ type: "answer", request_id: "r", status: 400, body: { code, field } });
  expect(socket.readyState).toBe(WebSocket.OPEN);
});

describe("a connection", () => {
  const upgrade = { upgrade: "websocket" };

  test.each([
    ["?channels=books", "invalid_value", "channels.0"],
    ["?channels=executions", "missing_field", "client_id"],
    ["?cancel_on_disconnect=true", "missing_field", "client_id"],
    ["?channels=book&resume_from=1", "missing_field", "epoch"],
    ["?channels=book&resume_from=x&epoch=1", "invalid_value", "resume_from"],
    ["?resume_from=1&epoch=1", "missing_field", "channels"],
    ["?channels=&resume_from=1&epoch=1", "missing_field", "channels"],
    ["?channel=book", "unknown_field", "channel"],
    ["?instrument=BTC-USD,ETH-USD&channels=book&place=any/1.0", "unknown_field", "place"],
    ["?instrument=X", "instrument_unknown", "instrument"],
  ] as const)("to %s is refused", async (query, code, field) => {
    expectProblem(await send(`/stream${query}`, { headers: upgrade }), code, field);
  });

  test("for a client cannot be opened by a page of another origin; a public one can", async () => {
    const foreign = { ...upgrade, origin: "https://elsewhere.example" };
    expectProblem(await send("/stream?client_id=me", { headers: foreign }), "forbidden");
    await openSocket("http://venue.test/stream?client_id=me", { origin: "http://venue.test" });
    await openSocket("http://venue.test/stream?channels=book", { origin: "https://elsewhere.example" });
  });

  test("can have every channel", async () => {
    const { messages } = await raw(`?channels=${BOOK_CHANNELS.join(",")}`);
    await eventually(() => messages.length === BOOK_CHANNELS.length);
    expect(messages.map(({ channel }) => channel)).toEqual(BOOK_CHANNELS);
  });
});
