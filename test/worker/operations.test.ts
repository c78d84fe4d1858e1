import { reset } from "cloudflare:test";
import parsePrometheusTextFormat from "parse-prometheus-text-format";
import { beforeEach, describe, expect, test } from "vitest";
import { FLUSH_BUCKETS } from "../../durable-objects/calls/readings.ts";
import { routes } from "../../worker/index.ts";
import { subscribe } from "../durable-objects/feed/subscriber.ts";
import { expectProblem, get, ORDER, place, placeMarket, post, send } from "./client.ts";

const DOCS_ASSETS = ["GET /docs/swagger-ui.css", "GET /docs/swagger-ui-bundle.js"];

describe("/openapi.json", () => {
  test("describes every route except the assets of /docs, and no other", async () => {
    const reply = await get("/openapi.json");
    expect(reply.headers.get("content-type")).toBe("application/json; charset=utf-8");
    const document = JSON.parse(reply.text);
    expect(document.openapi).toMatch(/^3\.1\./);
    const told = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item as object).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const served = routes.map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, "{$1}")}`);
    expect(told.sort()).toEqual(served.filter((route) => !DOCS_ASSETS.includes(route)).sort());
    expect(served).toEqual(expect.arrayContaining(DOCS_ASSETS));
  });
});

describe("/docs", () => {
  test("is a page that refers only to its own paths, all of which exist", async () => {
    const reply = await get("/docs");
    expect([reply.status, reply.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    const references = Array.from(
      reply.text.matchAll(/(?:href|src|url)\s*[=:]\s*"([^"]*)"/g),
      (match) => match[1],
    );
    expect(references).toEqual(["/docs/swagger-ui.css", "/docs/swagger-ui-bundle.js", "/openapi.json"]);
    for (const path of references) expect((await get(String(path))).status, path).toBe(200);
    expect(reply.text).not.toMatch(/https?:|"\/\//);
  });

  test.each([
    ["/docs/swagger-ui.css", "text/css; charset=utf-8"],
    ["/docs/swagger-ui-bundle.js", "text/javascript; charset=utf-8"],
  ])("%s is served as %s", async (path, type) => {
    const reply = await get(path);
    expect([reply.status, reply.headers.get("content-type")]).toEqual([200, type]);
    expect(reply.text.length).toBeGreaterThan(10_000);
  });
});

describe("/", () => {
  const BROWSER = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };

  test("shows a browser what this is, with links that exist, and loads nothing from elsewhere", async () => {
    const reply = await send("/", { headers: BROWSER });
    expect([reply.status, reply.headers.get("content-type")]).toEqual([200, "text/html; charset=UTF-8"]);
    expect(reply.text).toContain("exchange");
    expect(reply.text).not.toMatch(/https?:|"\/\/|<script/);
    const links = Array.from(reply.text.matchAll(/href="(\/[^"]*)"/g), ([, path = ""]) => path);
    expect(links).toEqual(expect.arrayContaining(["/docs", "/openapi.json", "/public/orderbook"]));
    for (const path of links) expect((await get(path)).status, path).toBe(200);
    expect(await send("/", { method: "HEAD", headers: BROWSER })).toMatchObject({ status: 200, text: "" });
  });

  test.each([
    ["GET", "/", undefined],
    ["GET", "/", "*/*"],
    ["GET", "/", "application/json"],
    ["POST", "/", BROWSER.accept],
    ["GET", "/elsewhere", BROWSER.accept],
  ])("answers others 404: %s %s for %s", async (method, path, accept) => {
    const headers: Record<string, string> = accept === undefined ? {} : { accept };
    expectProblem(await send(path, { method, headers }), "route_not_found");
  });
});

describe("/metrics", () => {
  beforeEach(reset);

  test("has every metric, by name and type, in the text format of Prometheus", async () => {
    const reply = await get("/metrics");
    expect(reply.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    const families = parsePrometheusTextFormat(reply.text);
    expect(Object.fromEntries(families.map(({ name, type }) => [name, type]))).toEqual({
      edgebook_instrument_up: "GAUGE",
      edgebook_instrument_start_time_seconds: "GAUGE",
      edgebook_orders_total: "COUNTER",
      edgebook_rejects_total: "COUNTER",
      edgebook_replays_total: "COUNTER",
      edgebook_amends_total: "COUNTER",
      edgebook_cancels_total: "COUNTER",
      edgebook_trades_total: "COUNTER",
      edgebook_traded_volume_total: "COUNTER",
      edgebook_flush_commands: "HISTOGRAM",
      edgebook_order_latency_seconds: "HISTOGRAM",
      edgebook_queue_depth: "GAUGE",
      edgebook_available: "GAUGE",
      edgebook_trading_status: "GAUGE",
      edgebook_resting_orders: "GAUGE",
      edgebook_price_levels: "GAUGE",
      edgebook_stream_sockets: "GAUGE",
      edgebook_sequence: "GAUGE",
      edgebook_restore_seconds: "GAUGE",
      edgebook_outbox_lag_events: "GAUGE",
      edgebook_outbox_lag_seconds: "GAUGE",
      edgebook_outbox_failures_total: "COUNTER",
      edgebook_outbox_dead_rows: "GAUGE",
      edgebook_quarantined_requests: "GAUGE",
      edgebook_storage_bytes: "GAUGE",
    });
    for (const { help } of families) expect(help).not.toBe("");
  });

  test("counts what was done", async () => {
    await subscribe();
    const resting = await place({ price: "100", quantity: "1.5" });
    await place({ price: "99", quantity: "1" });
    await placeMarket("sell", "0.25");
    await placeMarket("buy", "1");
    await post("/orders", { ...ORDER, price: "0.001" });
    await post(`/orders/${resting.order_id}/cancel`);
    await post(`/orders/${resting.order_id}/cancel`);
    for (let time = 0; time < 2; time++) await place({ price: "98", idempotency_key: "again" });
    const value = await reader("BTC-USD");
    expect(value("edgebook_orders_total", { status: "open" })).toBe(3);
    expect(value("edgebook_orders_total", { status: "filled" })).toBe(1);
    expect(value("edgebook_orders_total", { status: "cancelled" })).toBe(1);
    expect(value("edgebook_rejects_total", { code: "price_off_tick" })).toBe(1);
    expect(value("edgebook_rejects_total", { code: "order_closed" })).toBe(1);
    expect(value("edgebook_replays_total")).toBe(1);
    expect(value("edgebook_cancels_total")).toBe(1);
    expect(value("edgebook_trades_total")).toBe(1);
    expect(value("edgebook_traded_volume_total")).toBe(0.25);
    expect(value("edgebook_queue_depth")).toBe(0);
    expect(value("edgebook_resting_orders")).toBe(2);
    expect(value("edgebook_price_levels", { side: "buy" })).toBe(2);
    expect(value("edgebook_price_levels", { side: "sell" })).toBe(0);
    expect(value("edgebook_stream_sockets")).toBe(1);
    expect(value("edgebook_sequence")).toBe(11);
    expect((await reader("ETH-USD"))("edgebook_sequence")).toBe(0);
  });

  test("counts the commands of each flush in a histogram that adds up", async () => {
    for (let count = 0; count < 3; count++) await place();
    const { text } = await get("/metrics");
    const lines = text.split("\n").filter((line) => line.includes('instrument="BTC-USD"'));
    const bucket = (bound: string) =>
      lines.find(
        (line) => line.startsWith("edgebook_flush_commands_bucket") && line.includes(`le="${bound}"`),
      );
    for (const bound of [...FLUSH_BUCKETS.map(String), "+Inf"]) expect(bucket(bound), bound).toMatch(/ 3$/);
    for (const part of ["sum", "count"]) {
      expect(lines).toContain(`edgebook_flush_commands_${part}{instrument="BTC-USD"} 3`);
    }
  });
});

/** Reads one sample of an instrument from /metrics. */
async function reader(instrument: string) {
  const families = parsePrometheusTextFormat((await get("/metrics")).text);
  return (name: string, labels: Record<string, string> = {}): number => {
    const wanted = { instrument, ...labels };
    const sample = families
      .find((family) => family.name === name)
      ?.metrics.find((metric) => JSON.stringify(metric.labels) === JSON.stringify(wanted));
    return Number(sample?.value);
  };
}
