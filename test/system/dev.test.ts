import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { place, readBook } from "./calls.ts";
import { freePort, Program, temporaryFolder } from "./venue-runner.ts";

const wranglerFolder = dirname(createRequire(import.meta.url).resolve("wrangler/package.json"));
let program: Program;
let url: string;

beforeAll(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const wrangler = join(wranglerFolder, "bin", "wrangler.js");
  const options = ["--port", String(port), "--ip", "127.0.0.1", "--persist-to", temporaryFolder()];
  const command = [process.execPath, wrangler, "dev", ...options, "--show-interactive-dev-session=false"];
  const env = { WRANGLER_SEND_METRICS: "false", X_LOCAL_OBSERVABILITY: "false", CI: "1" };
  program = new Program(command, env);
  await program.line(/Ready on/);
});
afterAll(async () => {
  program.killGroup();
  await program.ended;
});

test("wrangler dev answers the same first calls", async () => {
  const maker = await place(url, { idempotency_key: "a-unique-uuid-12345" });
  const sale = { client_id: "client-B", side: "sell", type: "market", price: undefined, quantity: 0.2 };
  const taker = await place(url, sale);
  expect(taker.trades).toMatchObject([{ maker_order_id: maker.order_id, price: "50000.00" }]);
  expect((await readBook(url)).bids).toEqual([{ price: "50000.00", quantity: "0.30000000", orders: 1 }]);
  for (const path of ["/healthz", "/metrics", "/openapi.json", "/docs", "/public/instruments"]) {
    expect((await fetch(url + path)).status, path).toBe(200);
  }
});
