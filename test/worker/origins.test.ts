import { createExecutionContext, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { feedRequest } from "../../protocol/feed/feed-request.ts";
import { publicOrigins } from "../../worker/http/origins.ts";
import worker, { routes } from "../../worker/index.ts";
import { eventually, openSocket } from "../durable-objects/feed/feed-client.ts";
import { expectProblem, ORDER, objectOf, place, post, type Reply, send } from "./client.ts";

beforeEach(reset);

/** Origins of pages that are not at http://venue.test, however similar they look. */
const FOREIGN = [
  "https://elsewhere.example",
  "null",
  "https://venue.test",
  "http://venue.test:81",
  "http://venue.test:8080",
  "http://www.venue.test",
  "http://venue.test.elsewhere.example",
  "http://elsewhere.example/venue.test",
  "http://venue.test@elsewhere.example",
  "http://user@venue.test",
  "http://venue.test, http://venue.test",
  "ws://venue.test",
  "file://",
  "venue.test",
  "http://venue.test./",
  "http://venue.test/path",
];
const OWN = ["http://venue.test", "HTTP://Venue.TEST", "http://venue.test:80"];
const ELSEWHERE = "https://elsewhere.example";
/** Methods that only read, by HTTP. All others change something. */
const READS = ["GET", "HEAD", "OPTIONS"];
const TOKEN = { authorization: "Bearer test-token" };

/** Sends a request with other settings, under another name. */
async function ask(
  settings: Partial<Record<"PUBLIC_ORIGIN" | "LISTENS_ON", string>>,
  url: string,
  headers: Record<string, string>,
  method = "POST",
): Promise<Reply> {
  const request = new Request(url, { method, headers });
  const response = await worker.fetch(request, { ...env, ...settings }, createExecutionContext());
  return { status: response.status, headers: response.headers, text: await response.text() };
}

describe("every route that changes something", () => {
  const changing = routes.filter(({ method }) => !READS.includes(method));

  test("is known", () => {
    expect(changing.map(({ path }) => path)).toContain("/orders/:order_id/cancel");
    expect(changing.length).toBeGreaterThan(10);
  });

  test.each(changing)("$method $path does nothing for a page of another origin", async ({ method, path }) => {
    const { order_id } = await place();
    const at = path.replace(":order_id", order_id).replace(":instrument", "BTC-USD");
    const before = await objectOf().readMetrics();
    for (const origin of FOREIGN)
      for (const more of [{}, { "content-type": "application/json" }, { "content-type": "text/plain" }])
        expectProblem(await send(at, { method, headers: { ...TOKEN, ...more, origin } }), "forbidden");
    const { sequence, tradingStatus } = await objectOf().readMetrics();
    expect({ sequence, tradingStatus }).toMatchObject({
      sequence: before.sequence,
      tradingStatus: before.tradingStatus,
    });
    for (const origin of OWN)
      expect((await send(at, { method, headers: { ...TOKEN, origin } })).status, origin).not.toBe(403);
    expect((await send(at, { method, headers: TOKEN })).status, "without one").not.toBe(403);
  });

  test.each(["PUT", "PATCH", "DELETE", "POST", "PROPFIND"])(
    "%s of any path is refused too",
    async (method) => {
      for (const { path } of [...routes, { path: "/nowhere" }])
        expectProblem(await send(path, { method, headers: { origin: ELSEWHERE } }), "forbidden");
    },
  );
});

test("a page of another origin may read", async () => {
  const headers = { origin: ELSEWHERE };
  for (const path of ["/public/orderbook", "/public/trades", "/public/instruments", "/healthz"])
    expect((await send(path, { headers })).status, path).toBe(200);
});

describe("over a socket that a page of another origin has opened", () => {
  const operations = feedRequest.options.map(({ shape }) => shape.op.value);
  const READING = ["subscribe", "unsubscribe", "ack"];

  test.each([
    ["the instrument itself", "channels=trades"],
    ["the instrument itself", ""],
    ["a relay", "channels=trades&instrument=BTC-USD,ETH-USD"],
  ])("nothing is changed, at %s (%s)", async (_, query) => {
    const { order_id } = await place();
    const socket = await openSocket(`http://venue.test/stream?${query}`, { origin: ELSEWHERE });
    const answers: { request_id: string; status: number; body: { code: string } }[] = [];
    socket.addEventListener("message", ({ data }) => {
      const message = JSON.parse(String(data));
      if (message.type === "answer") answers.push(message);
    });
    socket.accept();
    const changing = operations.filter((op) => !READING.includes(op));
    expect(changing.length).toBeGreaterThan(5);
    const { sequence } = await objectOf().readMetrics();
    for (const op of changing) {
      const more = ["cancel", "amend"].includes(op) ? { order_id } : {};
      const body = op === "cancel" ? {} : { body: { ...ORDER, seconds: 0, entries: [] } };
      socket.send(JSON.stringify({ op, ...more, ...body, request_id: op }));
    }
    if (query !== "") socket.send('{"op":"subscribe","channels":["executions"],"request_id":"executions"}');
    const expected = query === "" ? changing : [...changing, "executions"];
    await eventually(() => answers.length === expected.length);
    expect(answers.map(({ request_id, status, body }) => [request_id, status, body.code])).toEqual(
      expected.map((op) => [op, 403, "forbidden"]),
    );
    expect((await objectOf().readMetrics()).sequence).toBe(sequence);
    socket.close(1000);
  });

  test.each(FOREIGN)("a client's is not opened for %s", async (origin) => {
    for (const query of ["client_id=me", "channels=executions&client_id=me&cancel_on_disconnect=true"]) {
      const headers = { upgrade: "websocket", origin };
      expectProblem(await send(`/stream?${query}`, { headers }), "forbidden");
    }
  });

  test.each(OWN)("a client's is opened for %s", async (origin) => {
    (await openSocket("http://venue.test/stream?client_id=me", { origin })).accept();
  });
});

describe("PUBLIC_ORIGIN", () => {
  const PUBLIC_ORIGIN = "https://venue.example, http://Venue.example:8443";
  const path = "/orders/cancel-all";

  test.each([
    ["https://venue.example", 415],
    ["https://venue.example:443", 415],
    ["HTTPS://VENUE.EXAMPLE", 415],
    ["http://venue.example:8443", 415],
    ["http://venue.example", 403],
    ["https://venue.example:8443", 403],
    ["https://venue.example.elsewhere.example", 403],
    // It is not a public origin, whatever name the request used.
    ["http://10.0.0.5:3000", 403],
  ])("%s gets %i behind a proxy that rewrites Host", async (origin, status) => {
    const reply = await ask({ PUBLIC_ORIGIN }, `http://10.0.0.5:3000${path}`, { origin });
    expect(reply.status).toBe(status);
  });

  test("keeps the loopback names for users of the machine itself", async () => {
    for (const own of ["http://localhost:3000", "http://127.0.0.1:3000", "http://[::1]:3000"])
      expect((await ask({ PUBLIC_ORIGIN }, own + path, { origin: own })).status, own).toBe(415);
    const other = await ask({ PUBLIC_ORIGIN }, `http://localhost:3000${path}`, {
      origin: "http://localhost",
    });
    expectProblem(other, "forbidden");
  });

  test.each(["venue.example", "https://venue.example/path", "https://a.example,", "ftp://a.example", "*"])(
    "%s is refused by name and rule, and nothing is let through",
    async (text) => {
      expect(() => publicOrigins(text)).toThrow(/^PUBLIC_ORIGIN must be origins/);
      const reply = await ask({ PUBLIC_ORIGIN: text }, `http://venue.test${path}`, { origin: ELSEWHERE });
      expectProblem(reply, "outcome_unknown");
    },
  );
});

describe("a host that listens on the loopback address", () => {
  const LISTENS_ON = "127.0.0.1";
  const PUBLIC_ORIGIN = "https://venue.example";

  test.each([
    "localhost",
    "localhost:3000",
    "LocalHost:1",
    "127.0.0.1",
    "127.0.0.1:3000",
    "[::1]",
    "[::1]:3000",
    "127.0.0.2:80",
    "venue.example",
    "Venue.Example:443",
  ])("answers as %s", async (host) => {
    const reply = await ask(
      { LISTENS_ON, PUBLIC_ORIGIN },
      "http://x.test/public/instruments",
      { host },
      "GET",
    );
    expect(reply.status).toBe(200);
  });

  test.each([
    "elsewhere.example",
    "elsewhere.example:3000",
    "localhost.elsewhere.example",
    "127.0.0.1.elsewhere.example",
    "venue.example:3000",
    "192.168.0.7:3000",
    "0.0.0.0:3000",
    "localhost@elsewhere.example",
    "[::2]",
    "x@venue.example",
    "venue.example/",
    "localhost.",
    "notlocalhost",
    "",
  ])("does not answer as %s", async (host) => {
    for (const [method, path] of [
      ["GET", "/public/instruments"],
      ["GET", "/orders?client_id=me"],
      ["POST", "/orders/cancel-all"],
      ["GET", "/stream?client_id=me"],
    ] as const) {
      const reply = await ask({ LISTENS_ON, PUBLIC_ORIGIN }, `http://x.test${path}`, { host }, method);
      expectProblem(reply, "misdirected_request");
    }
  });

  test("and listens on another address answers under any name", async () => {
    for (const address of ["0.0.0.0", "192.168.0.7", "*", undefined]) {
      const settings = address === undefined ? {} : { LISTENS_ON: address };
      const reply = await ask(settings, "http://x.test/public/instruments", { host: "any.example" }, "GET");
      expect(reply.status).toBe(200);
    }
  });
});

test("orders without an Origin are placed as usual", async () => {
  expect((await post("/orders", ORDER)).status).toBe(201);
});
