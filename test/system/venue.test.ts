import { once } from "node:events";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { startVenue, type VenueProcess } from "../../host/venue.ts";
import { serverTime, snapshotMessage, updateMessage } from "../../protocol/market-data.ts";
import { place, post, readBook } from "./support/calls.ts";
import { temporaryFolder } from "./support/venue-runner.ts";

const log: string[] = [];
let onLine: () => void = () => {};
let venue: VenueProcess;

beforeAll(async () => {
  const onLog = (line: string) => {
    log.push(line);
    onLine();
  };
  venue = await startVenue({ dataFolder: temporaryFolder(), onLog });
});
afterAll(async () => {
  await venue.stop();
  expect([0, "SIGTERM"], log.at(-1)).toContain(await venue.ended);
});

/** The log line of a request, once it has been written. */
async function logged(requestId: string): Promise<Record<string, unknown>> {
  for (;;) {
    const line = log.find((text) => text.includes(requestId));
    if (line !== undefined) return JSON.parse(line);
    await new Promise<void>((resolve) => {
      onLine = resolve;
    });
  }
}

/** The stream's messages, one after another. */
async function* messages(socket: WebSocket): AsyncGenerator<unknown> {
  const queue: string[] = [];
  let wake = () => {};
  socket.on("message", (data) => {
    queue.push(String(data));
    wake();
  });
  for (;;) {
    const text = queue.shift();
    if (text !== undefined) yield text === "pong" ? text : JSON.parse(text);
    else
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
  }
}

test("a WebSocket client sees the snapshot, then each update, and closes cleanly", async () => {
  await place(venue.url, { instrument: "ETH-USD", price: 1 });
  const socket = new WebSocket(`${venue.url.replace("http", "ws")}/stream?instrument=ETH-USD`);
  const stream = messages(socket);
  const next = async () => (await stream.next()).value;
  expect(snapshotMessage.parse(await next())).toMatchObject({ seq: 2, bids: [{ price: "1.00" }] });
  socket.send("ping");
  expect(await next()).toBe("pong");
  const taker = await place(venue.url, { instrument: "ETH-USD", side: "sell", price: 1, quantity: 2 });
  const update = updateMessage.parse(await next());
  expect(update).toMatchObject({
    prev_seq: 2,
    bids: [{ quantity: "0.00000000" }],
    asks: [{ quantity: "1.50000000" }],
  });
  expect(update.trades).toEqual(taker.trades);
  socket.close(1000);
  expect((await once(socket, "close"))[0]).toBe(1000);
});

test("a request is one JSON line in the log, with the id that the answer carries", async () => {
  const answer = await fetch(`${venue.url}/public/trades?limit=1`);
  const requestId = String(answer.headers.get("x-request-id"));
  const line = await logged(requestId);
  expect(line).toEqual({
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    level: "info",
    event: "request",
    request_id: requestId,
    method: "GET",
    path: "/public/trades",
    status: 200,
    duration_ms: expect.any(Number),
  });
  const own = { headers: { "x-request-id": "my-own-id" } };
  expect((await fetch(`${venue.url}/nowhere`, own)).headers.get("x-request-id")).toBe("my-own-id");
  expect(await logged("my-own-id")).toMatchObject({ status: 404, path: "/nowhere" });
  expect(log.filter((text) => text.includes(requestId))).toHaveLength(1);
});

test("the bodies of requests stay out of the log", async () => {
  await place(venue.url, { client_id: "secret-client", price: 2 });
  const answer = await post(`${venue.url}/orders`, { client_id: "secret-client" });
  await logged(String(answer.headers.get("x-request-id")));
  expect(log.join("\n")).not.toContain("secret-client");
});

test("many clients at once all get their answers, and the book holds every order", async () => {
  const before = (await readBook(venue.url)).sequence;
  const orders = await Promise.all(
    Array.from({ length: 200 }, () => place(venue.url, { price: 3, quantity: 1 })),
  );
  expect(new Set(orders.map(({ order_id }) => order_id)).size).toBe(200);
  const { bids, sequence } = await readBook(venue.url);
  expect(bids).toContainEqual({ price: "3.00", quantity: "200.00000000", orders: 200 });
  expect(sequence - before).toBe(400);
});

/** A body of spaces that is sent in chunks, without a declared length. */
function chunked(bytes: number): RequestInit & { duplex: "half" } {
  const chunk = new Uint8Array(1_000).fill(32);
  let left = bytes;
  const body = new ReadableStream({
    pull(controller) {
      left -= chunk.length;
      if (left < 0) controller.close();
      else controller.enqueue(chunk);
    },
  });
  return { method: "POST", headers: { "content-type": "application/json" }, body, duplex: "half" };
}

test("a body too large, in chunks, is refused over the wire too", async () => {
  expect((await fetch(`${venue.url}/orders`, chunked(17_000))).status).toBe(413);
});

test("a huge body is refused or cut off, and the venue keeps running", async () => {
  const outcome = await fetch(`${venue.url}/orders`, chunked(5_000_000)).then(
    ({ status }) => status,
    () => "cut off",
  );
  expect([413, "cut off"]).toContain(outcome);
  expect((await fetch(`${venue.url}/healthz`)).status).toBe(200);
});

test("every answer has the venue's time, and one route has it to the millisecond", async () => {
  const startMs = Date.now();
  const response = await fetch(`${venue.url}/public/time`);
  const { time, time_ms } = serverTime.parse(await response.json());
  const isNow = (timeMs: number) => timeMs >= startMs - 1_000 && timeMs <= Date.now() + 1_000;
  expect([time_ms, isNow(time_ms)]).toEqual([Date.parse(time), true]);
  for (const path of ["/public/time", "/healthz", "/nowhere", "/orders", "/docs"]) {
    const date = (await fetch(venue.url + path)).headers.get("date");
    expect(date, path).toMatch(/^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/);
    expect(isNow(Date.parse(String(date))), path).toBe(true);
  }
});
