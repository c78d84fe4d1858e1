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
  expect(differences).toEqual([]);
});
