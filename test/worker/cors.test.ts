import { reset } from "cloudflare:test";
import { beforeEach, describe, expect, test } from "vitest";
import { routes } from "../../worker/index.ts";
import { ORDER, place, send } from "./client.ts";

beforeEach(reset);

const origin = "https://elsewhere.example";
/** The headers that browsers always show to pages. They never show `Set-Cookie`, and it is never sent. */
const SHOWN = ["cache-control", "content-language", "content-length", "content-type", "expires", "pragma"];
const OPEN = ["/analytics/market", "/openapi.json", "/asyncapi.json"];
const isOpen = (path: string) => path.startsWith("/public/") || OPEN.includes(path);
const corsOf = (headers: Headers) => [...headers.keys()].filter((name) => name.startsWith("access-control-"));

const reads = routes.filter(({ method, path }) => method === "GET" && path !== "/stream");
const preflight = (path: string, asked: string, more = "content-type") =>
  send(path, {
    method: "OPTIONS",
    headers: {
      origin,
      "access-control-request-method": asked,
      "access-control-request-headers": more,
    },
  });

/** A path of a route that returns data and has a next page, and other paths at which its read fails. */
async function pathsOf(path: string): Promise<string[]> {
  await place({ side: "sell", client_id: "seller" });
  await place({ side: "sell", client_id: "seller" });
  const { order_id } = await place({ quantity: "1" });
  const at = path.replace(":order_id", order_id).replace(":client_id", ORDER.client_id);
  return [at, `${at}?limit=1`, `${at}?no_such_parameter=1`, at.replace(order_id, "no-such-order")];
}

test("routes of both kinds exist", () => {
  expect(reads.filter(({ path }) => isOpen(path)).length).toBeGreaterThan(8);
  expect(reads.filter(({ path }) => !isOpen(path)).length).toBeGreaterThan(5);
});

describe.each(reads.filter(({ path }) => isOpen(path)))("GET $path, for a page of any origin", ({ path }) => {
  test("can be read, failures too, with every header that is sent", async () => {
    for (const at of await pathsOf(path)) {
      const { status, headers } = await send(at, { headers: { origin } });
      expect(headers.get("access-control-allow-origin"), `${at}: ${status}`).toBe("*");
      expect(headers.has("access-control-allow-credentials")).toBe(false);
      const exposed = headers.get("access-control-expose-headers")?.toLowerCase().split(", ") ?? [];
      const sent = [...headers.keys()].filter((name) => !name.startsWith("access-control-"));
      expect(sent.filter((name) => !SHOWN.includes(name) && !exposed.includes(name))).toEqual([]);
    }
  });

  test("is the same without an origin, so that caches may keep it", async () => {
    const { headers } = await send(path.replace(":order_id", "x"));
    expect(headers.get("access-control-allow-origin")).toBe("*");
  });

  test("answers a preflight request", async () => {
    const { status, headers, text } = await preflight(path.replace(":order_id", "x"), "GET", "x-request-id");
    expect([status, text]).toEqual([204, ""]);
    expect(headers.get("access-control-allow-origin")).toBe("*");
    expect(headers.get("access-control-allow-methods")).toBe("GET, HEAD");
    expect(headers.get("access-control-allow-headers")).toBe("*");
  });

  test("cannot be written to", async () => {
    const { headers } = await preflight(path.replace(":order_id", "x"), "POST");
    expect(headers.get("access-control-allow-methods")).toBe("GET, HEAD");
    const written = await send(path.replace(":order_id", "x"), { method: "POST", headers: { origin } });
    expect([written.status, corsOf(written.headers)]).toEqual([403, []]);
  });
});

describe.each(routes.filter(({ path, method }) => !isOpen(path) && path !== "/stream" && method !== "ALL"))(
  "$method $path, for a page of another origin",
  ({ method, path }) => {
    test("is not opened, not even through an open path", async () => {
      const [at = ""] = await pathsOf(path);
      for (const place of [at, `/public/..${at}`, `/public/%2e%2e${at}`]) {
        const answer = await send(place, { method, headers: { origin } });
        expect(corsOf(answer.headers), place).toEqual([]);
        const asked = await preflight(place, method);
        expect([asked.status === 204, corsOf(asked.headers)], place).toEqual([false, []]);
      }
    });
  },
);

test("a plain OPTIONS is not a preflight request", async () => {
  const { status, headers } = await send("/public/orderbook", { method: "OPTIONS" });
  expect([status, corsOf(headers)]).toEqual([405, []]);
});
