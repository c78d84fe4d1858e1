import { describe, expect, test } from "vitest";
import { BODY_BYTES_MAX } from "../../worker/http/body.ts";
import { routes } from "../../worker/index.ts";
import { expectProblem, get, ORDER, place, post, send } from "./client.ts";

/** The order as JSON of exactly this many bytes. */
function bodyOf(bytes: number): string {
  const text = JSON.stringify(ORDER);
  return text + " ".repeat(bytes - text.length);
}

function stream(text: string, chunkBytes: number): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + chunkBytes));
      at += chunkBytes;
    },
  });
}

function postStream(text: string, chunkBytes: number) {
  const headers = { "content-type": "application/json" };
  return send("/orders", { method: "POST", headers, body: stream(text, chunkBytes) });
}

describe("the size of a body", () => {
  test("of exactly 16 KiB is accepted, with a declared length and without", async () => {
    expect((await post("/orders", bodyOf(BODY_BYTES_MAX))).status).toBe(201);
    for (const chunk of [1_000, BODY_BYTES_MAX]) {
      expect((await postStream(bodyOf(BODY_BYTES_MAX), chunk)).status).toBe(201);
    }
  });

  test("of one byte more is refused, with a declared length and without", async () => {
    expectProblem(await post("/orders", bodyOf(BODY_BYTES_MAX + 1)), "body_too_large");
    for (const chunk of [1_000, BODY_BYTES_MAX, BODY_BYTES_MAX + 1]) {
      expectProblem(await postStream(bodyOf(BODY_BYTES_MAX + 1), chunk), "body_too_large");
    }
  });

  test("is not read further once it is too large", async () => {
    let chunks = 0;
    const long = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (++chunks > 1_000) controller.close();
        else controller.enqueue(new Uint8Array(1024).fill(32));
      },
    });
    const headers = { "content-type": "application/json" };
    expectProblem(await send("/orders", { method: "POST", headers, body: long }), "body_too_large");
    expect(chunks).toBeLessThan(100);
  });

  test("counts bytes, not characters", async () => {
    const text = JSON.stringify({ ...ORDER, client_id: "é".repeat(BODY_BYTES_MAX / 2) });
    expect(text.length).toBeLessThan(BODY_BYTES_MAX);
    expectProblem(await post("/orders", text), "body_too_large");
  });
});

describe("the content type", () => {
  test.each([
    "application/json",
    "application/json; charset=utf-8",
    "APPLICATION/JSON",
    "application/json ;x=y",
  ])("%s is accepted", async (type) => {
    expect((await post("/orders", ORDER, { "content-type": type })).status).toBe(201);
  });

  test.each([
    "text/plain",
    "application/jsonp",
    "application/xml",
    "application/x-www-form-urlencoded",
    "json",
    "",
  ])("%j is refused", async (type) => {
    expectProblem(await post("/orders", ORDER, { "content-type": type }), "unsupported_media_type");
  });

  test("is required", async () => {
    const body = new TextEncoder().encode(JSON.stringify(ORDER));
    expectProblem(await send("/orders", { method: "POST", body }), "unsupported_media_type");
  });
});

describe("paths and methods", () => {
  const UNKNOWN = ["/", "/order", "/orders/x", "/orders/x/y", "/public", "/public/order", "/docs/x"];

  test.each([...UNKNOWN, "/orders//cancel", "/.env", "/public/orders", "/%"])(
    "%s is no path",
    async (path) => {
      expectProblem(await get(path), "route_not_found");
      expectProblem(await post(path, ORDER), "route_not_found");
    },
  );

  // Without the token every path below /admin is 401; see admin.test.ts.
  const OPERATOR = { authorization: "Bearer test-token" };

  test.each([...new Set(routes.map(({ path }) => path))])("%s answers only its methods", async (path) => {
    const url = path.replace(":order_id", "019c1f2a-7b3c-8001-8000-000000000001");
    const allowed = routes
      .filter((route) => route.path === path)
      .flatMap(({ method }) => (method === "GET" ? ["GET", "HEAD"] : [method]));
    for (const other of ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"]) {
      if (allowed.includes(other)) continue;
      const reply = await send(url, { method: other, headers: OPERATOR });
      expect([reply.status, reply.headers.get("allow")], other).toEqual([405, allowed.join(", ")]);
      if (other !== "HEAD") expectProblem(reply, "method_not_allowed");
    }
  });

  test.each(
    routes.filter(({ method, path }) => method === "GET" && !path.includes(":") && path !== "/stream"),
  )("HEAD of $path answers like GET, without the body", async ({ path }) => {
    const [head, whole] = await Promise.all([send(path, { method: "HEAD" }), get(path)]);
    // A client's orders and candles have required parameters: the client, and the interval.
    const isBare = path !== "/orders" && path !== "/public/candles";
    expect([head.status, head.text]).toEqual([isBare ? 200 : 400, ""]);
    expect(head.headers.get("content-type")).toBe(whole.headers.get("content-type"));
  });

  test("/stream without an upgrade answers that it requires one", async () => {
    const reply = await get("/stream");
    expectProblem(reply, "websocket_required");
    expect(reply.headers.get("upgrade")).toBe("websocket");
  });
});

describe("the request id", () => {
  const header = async (sent?: string) => {
    const headers: Record<string, string> = sent === undefined ? {} : { "x-request-id": sent };
    return (await send("/public/trades", { headers })).headers.get("x-request-id");
  };

  test.each(["abc", "A-1_b.c", "x".repeat(64)])("%s is the caller's own and comes back", async (id) => {
    expect(await header(id)).toBe(id);
  });

  test.each(["", "x".repeat(65), "a b", 'a"b', "{}", "a;b", "a,b"])(
    "%j is replaced by a new one",
    async (id) => {
      expect(await header(id)).toMatch(/^[0-9a-f-]{36}$/);
    },
  );

  test("is new for each request that has none, and on errors too", async () => {
    const ids = await Promise.all([header(), header(), header()]);
    expect(new Set(ids).size).toBe(3);
    for (const reply of [
      await get("/nowhere"),
      await post("/orders", "{"),
      await send("/orders", { method: "PUT" }),
    ]) {
      expect(reply.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    }
    expect((await place()).status).toBe("open");
  });
});
