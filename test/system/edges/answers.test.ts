import { once } from "node:events";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import * as z from "zod";
import { type EdgedVenue, startEdgedVenue } from "../../../host/edged-venue.ts";
import { place, post } from "../support/calls.ts";
import { type RawAnswer, type RawRequest, sendRaw } from "../support/raw-http.ts";
import { temporaryFolder } from "../support/venue-runner.ts";

const TOKEN = "operators";
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
const JSON_TYPE = ["content-type", "application/json"] as const;

async function startVenue(): Promise<EdgedVenue> {
  const venue = await startEdgedVenue({
    dataFolder: temporaryFolder(),
    edges: 2,
    edgesHost: { onLines: () => {}, log: () => {} },
    vars: { ADMIN_TOKEN: TOKEN, LOG_LEVEL: "off" },
    onLog: "discard",
  });
  onTestFinished(() => venue.stop("SIGKILL"));
  return venue;
}

/** Requests to one path, most of which are wrong in one way. */
function requestsTo(path: string): RawRequest[] {
  const headers = [
    ["host", "localhost"],
    ["connection", "close"],
    ["x-request-id", "one-id"],
  ] as const;
  const get = (target: string, ...more: (readonly [string, string])[]): RawRequest => ({
    method: "GET",
    target,
    headers: [...headers, ...more],
  });
  const send = (body: string | Buffer, ...more: (readonly [string, string])[]): RawRequest => {
    const bytes = Buffer.from(body as string);
    const length = ["content-length", String(bytes.length)] as const;
    return { method: "POST", target: path, headers: [...headers, length, ...more], body: bytes };
  };
  return [
    ...METHODS.map((method): RawRequest => {
      const hasBody = !["GET", "HEAD"].includes(method);
      return { method, target: path, headers: hasBody ? [...headers, ["content-length", "0"]] : headers };
    }),
    ...[
      "?x=1",
      "?instrument=BTC-USD&instrument=BTC-USD",
      "?instrument=NONE",
      "?client_id=a",
      "/",
      "//",
      "?",
    ].map((end) => get(`${path}${end}`)),
    ...["?%ff=1", "?a%20b=%zz", "?instrument=%E2%82%AC", "?limit=-1", "?levels=1e3"].map((end) =>
      get(`${path}${end}`),
    ),
    get(path, ["accept", "text/html"]),
    get(path, ["origin", "http://elsewhere.example"]),
    get(path, ["origin", "http://localhost"], ["authorization", "Bearer wrong"]),
    get(path, ["authorization", `Bearer ${TOKEN}`]),
    get(path, ["upgrade", "websocket"]),
    get(path, ["range", "bytes=0-1"], ["if-none-match", "*"], ["accept-encoding", "gzip"]),
    {
      method: "GET",
      target: path,
      headers: [
        ["host", "elsewhere.example"],
        ["connection", "close"],
      ],
    },
    { method: "GET", target: path, version: "1.0", headers },
    {
      method: "OPTIONS",
      target: path,
      headers: [...headers, ["origin", "http://a.example"], ["access-control-request-method", "GET"]],
    },
    send("{}", JSON_TYPE),
    send("{}", JSON_TYPE, ["origin", "http://elsewhere.example"]),
    send("[]", JSON_TYPE),
    send("", JSON_TYPE),
    send("{", JSON_TYPE),
    send('{"client_id":"a","client_id":"b"}', JSON_TYPE),
    send(Buffer.from([0x7b, 0xff, 0x7d]), JSON_TYPE),
    send("{}", ["content-type", "text/plain"]),
    send("{}", ["content-type", "application/json; charset=utf-8"]),
    send(gzipSync("{}"), JSON_TYPE, ["content-encoding", "gzip"]),
    send(`{"a":"${"x".repeat(20_000)}"}`, JSON_TYPE),
    send('{"client_id":"a","instrument":"NONE","seconds":5}', JSON_TYPE),
    send(
      '{"client_id":"a","instrument":"BTC-USD","side":"buy","type":"limit","price":"1.001","quantity":"1"}',
      JSON_TYPE,
    ),
    {
      method: "POST",
      target: path,
      headers: [...headers, JSON_TYPE, ["transfer-encoding", "chunked"]],
      body: Buffer.from("2\r\n{}\r\n0\r\n\r\n"),
    },
  ];
}

/** Requests that are odd in their first line or in `Host`. */
function oddRequests(): RawRequest[] {
  const close = ["connection", "close"] as const;
  const host = ["host", "localhost"] as const;
  const get = (target: string, ...headers: (readonly [string, string])[]): RawRequest => ({
    method: "GET",
    target,
    headers: [...headers, close, ["x-request-id", "one-id"]],
  });
  return [
    get("http://localhost/public/time?x=1", host),
    get("http://elsewhere.example/public/time", host),
    get("/public/time?x=1", ["host", "LOCALHOST"]),
    get("/public/time?x=1", ["host", "[::1]:3000"]),
    get(`/public/instruments?x=${"y".repeat(5_000)}`, host),
    get("/public/instruments", host, ["x-request-id", "not an id"], ["cookie", "a=b"]),
    { ...get("/public/instruments", host), method: "PROPFIND" },
  ];
}

/** Requests that are no valid HTTP. The host refuses them, in words of its own. */
const NOT_HTTP = [
  { target: "/public/time", host: "localhost:99999" },
  { target: "/public/t\u00efme", host: "localhost" },
  { target: "/public/time", host: "a b" },
] as const;

/** Masks what differs between any two answers: times, and ids that the server makes. */
function masked({ status, headers, body }: RawAnswer): RawAnswer {
  const text = body
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME")
    .replaceAll(
      /"(?:time_ms|lag_seconds|restore_seconds|sequence|updated_sequence|age_ms)":[\d.]+/g,
      "NUMBER",
    )
    .replaceAll(/"average_bid_depth":"[^"]+"/g, "DEPTH")
    .replaceAll(/"order_id":"[^"]+"/g, "ID");
  const isMade = (name: string, value: string) => name === "x-request-id" && value !== "one-id";
  return {
    status,
    headers: headers
      .filter(([name]) => name !== "content-length" || text === body)
      .map(([name, value]) => (isMade(name, value) ? ([name, "made"] as const) : ([name, value] as const))),
    body: text,
  };
}

test("an edge answers like workerd, byte for byte, on every route", async () => {
  const venue = await startVenue();
  const order = await place(venue.url);
  // From now on every cancellation of it gets the same answer.
  expect((await post(`${venue.url}/orders/${order.order_id}/cancel`)).status).toBe(200);
  const { paths } = z
    .object({ paths: z.record(z.string(), z.unknown()) })
    .parse(await (await fetch(`${venue.url}/openapi.json`)).json());
  const all = Object.keys(paths).map((path) =>
    path
      .replace("{order_id}", order.order_id)
      .replace("{instrument}", "ETH-USD")
      .replaceAll(/\{\w+\}/g, "some"),
  );
  const targets = [
    ...all,
    "/",
    "/docs/swagger-ui.css",
    "/nowhere",
    "/public/../healthz",
    "/public//time",
    "/a%2Fb",
  ];
  const differences: object[] = [];
  for (const path of new Set(targets)) {
    // Metrics count the requests themselves.
    const isCounting = path === "/metrics";
    for (const request of requestsTo(path)) {
      const [byEdge, byWorkerd] = [
        masked(await sendRaw(venue.url, request)),
        masked(await sendRaw(venue.workerdUrl, request)),
      ];
      if (isCounting && byEdge.status === 200) continue;
      if (JSON.stringify(byEdge) !== JSON.stringify(byWorkerd))
        differences.push({
          request: { ...request, body: request.body?.toString().slice(0, 100) },
          byEdge,
          byWorkerd,
        });
    }
  }
  for (const request of oddRequests()) {
    const [byEdge, byWorkerd] = [
      masked(await sendRaw(venue.url, request)),
      masked(await sendRaw(venue.workerdUrl, request)),
    ];
    if (JSON.stringify(byEdge) !== JSON.stringify(byWorkerd))
      differences.push({ request: { ...request, target: request.target.slice(0, 60) }, byEdge, byWorkerd });
  }
  expect(differences).toEqual([]);
});

test("an edge refuses what is no valid HTTP, and goes on", async () => {
  const venue = await startVenue();
  const [pid] = venue.edgePids();
  for (const { target, host } of NOT_HTTP) {
    const headers = [["host", host] as const, ["connection", "close"] as const];
    expect((await sendRaw(venue.url, { method: "GET", target, headers })).status, target).toBe(400);
  }
  for (const head of ["GET / HTTP/9.9", "NONSENSE", "GET /public/time HTTP/1.1\r\nhost: a\r\n: b"]) {
    const { hostname, port } = new URL(venue.url);
    const socket = connect({ host: hostname, port: Number(port) });
    let answer = "";
    socket.on("data", (bytes) => {
      answer += bytes;
    });
    socket.write(`${head}\r\n\r\n`);
    await once(socket, "close");
    expect(answer, head).toMatch(/^HTTP\/1.1 400 /);
  }
  expect((await fetch(`${venue.url}/public/time`)).status).toBe(200);
  expect(venue.edgePids()).toContain(pid);
});
