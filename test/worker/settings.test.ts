import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import worker from "../../worker/index.ts";
import { get, ORDER, place } from "./client.ts";

afterEach(() => void vi.restoreAllMocks());

test.each([
  ["READ_SOURCE", "redis", 'READ_SOURCE must be engine or mirror, but is "redis"'],
  ["READ_SOURCE", "Mirror", 'READ_SOURCE must be engine or mirror, but is "Mirror"'],
  ["MIRROR_AGE_MS_MAX", "0", 'MIRROR_AGE_MS_MAX must be a number of milliseconds above 0, but is "0"'],
  ["MIRROR_AGE_MS_MAX", "5s", 'MIRROR_AGE_MS_MAX must be a number of milliseconds above 0, but is "5s"'],
  ["MIRROR_AGE_MS_MAX", "1.5", 'MIRROR_AGE_MS_MAX must be a number of milliseconds above 0, but is "1.5"'],
])(
  "%s=%s is logged with name and rule, not shown to readers, and trading continues",
  async (name, value, words) => {
    await place();
    const lines: string[] = [];
    vi.spyOn(console, "error").mockImplementation((text) => void lines.push(String(text)));
    const send = (path: string, init?: RequestInit) =>
      worker.fetch(
        new Request(`http://venue.test${path}`, init),
        { ...env, [name]: value },
        createExecutionContext(),
      );
    const reply = await send("/public/orderbook");
    expect(reply.status).toBe(502);
    expect(await reply.text()).not.toContain(name);
    const told = lines.map((text) => JSON.parse(text)).filter(({ event }) => event !== "request");
    expect(told).toEqual([
      { time: expect.any(String), level: "error", event: "unexpected", error: `Error: ${words}` },
    ]);
    const headers = { "content-type": "application/json" };
    const order = await send("/orders", { method: "POST", headers, body: JSON.stringify(ORDER) });
    expect(order.status).toBe(201);
    expect((await get("/public/orderbook")).status).toBe(200);
  },
);

test.each([
  { READ_SOURCE: "", MIRROR_AGE_MS_MAX: "" },
  { READ_SOURCE: "engine", MIRROR_AGE_MS_MAX: 3000 },
  { READ_SOURCE: "mirror", MIRROR_AGE_MS_MAX: "1" },
])("%o is accepted", async (settings) => {
  const bindings = { ...env, ...settings } as typeof env;
  const request = new Request("http://venue.test/public/orderbook");
  expect((await worker.fetch(request, bindings, createExecutionContext())).status).toBe(200);
});
