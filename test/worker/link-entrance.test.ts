import { env } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import { LINK_PATH, LINK_VERSION } from "../../durable-objects/link/frames.ts";
import type { Env } from "../../durable-objects/runtime/env.ts";
import { linkEntrance } from "../../worker/link-entrance.ts";
import { get } from "./client.ts";

const SECRET = "a-secret-of-links";
const PATH = `${LINK_PATH}?version=${LINK_VERSION}`;
let bindings: Env;

beforeEach(() => {
  bindings = { ...env, LINK_SECRET: SECRET };
});

/** Asks the entrance for a link. A header that is null is left out. */
function ask(path: string, change: Record<string, string | null> = {}): Promise<Response> {
  const all = { upgrade: "websocket", authorization: `Bearer ${SECRET}`, ...change };
  const headers = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null);
  return linkEntrance.fetch(new Request(`http://127.0.0.1${path}`, { headers }), bindings);
}

async function codeOf(response: Response): Promise<string> {
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  expect(response.webSocket).toBeNull();
  return (JSON.parse(await response.text()) as { code: string }).code;
}

test.each([PATH, `${PATH}&instrument=ETH-USD`])("opens a link at %s", async (path) => {
  const response = await ask(path);
  expect(response.status).toBe(101);
  const socket = response.webSocket as WebSocket;
  const answer = new Promise((resolve) => socket.addEventListener("message", ({ data }) => resolve(data)));
  socket.accept();
  socket.send("5000\n1\treadStatus\t[]");
  const instrument = path.includes("ETH") ? "ETH-USD" : "BTC-USD";
  expect(await answer).toContain(`1\t=\t{"instrument":"${instrument}"`);
  socket.close(1000, "done");
});

test.each([
  null,
  "",
  "Bearer",
  "Bearer wrong",
  `Bearer ${SECRET.slice(1)}`,
  `Bearer ${SECRET}x`,
  `bearer${SECRET}`,
  `Basic ${SECRET}`,
  SECRET,
])("refuses the authorization %j", async (authorization) => {
  for (const path of [PATH, "/", "/orders"]) {
    const response = await ask(path, { authorization });
    expect([response.status, await codeOf(response)], path).toEqual([403, "forbidden"]);
  }
});

test.each([undefined, ""])("refuses everybody where the secret is %j", async (secret) => {
  const { LINK_SECRET, ...others } = bindings;
  bindings = secret === undefined ? others : { ...others, LINK_SECRET: secret };
  for (const authorization of [null, "Bearer ", "Bearer undefined", `Bearer ${LINK_SECRET}`])
    expect(await codeOf(await ask(PATH, { authorization })), String(authorization)).toBe("forbidden");
});

test.each(["/", "/orders", "/stream", "/link/", "/LINK", "//link", "/healthz", "/admin/instruments/BTC-USD"])(
  "serves nothing at %s",
  async (path) => {
    expect(await codeOf(await ask(path))).toBe("route_not_found");
  },
);

test.each([null, "h2c", "websocket, h2c"])("refuses the upgrade %j", async (upgrade) => {
  expect(await codeOf(await ask(PATH, { upgrade }))).toBe("route_not_found");
});

test.each(["DOGE-USD", "", "BTC-USD%00", "__proto__"])("refuses the instrument %j", async (instrument) => {
  const response = await ask(`${PATH}&instrument=${instrument}`);
  expect([response.status, await codeOf(response)]).toEqual([404, "instrument_unknown"]);
});

test("the public application has no entrance for links", async () => {
  for (const path of [PATH, LINK_PATH]) expect((await get(path)).status).toBe(404);
});
