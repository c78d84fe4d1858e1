import { chmodSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Stack, startStack } from "../../dev/stack.ts";
import { orderList } from "../../protocol/order-entry.ts";
import { stackReason, title, withClient } from "../gateway/services.ts";
import { eventually } from "../mirror/mirrored-venue.ts";
import { freePort } from "../support/free-port.ts";
import { place, readBook } from "./support/calls.ts";
import { Program, temporaryFolder } from "./support/venue-runner.ts";

const wranglerFolder = dirname(createRequire(import.meta.url).resolve("wrangler/package.json"));
let program: Program | undefined;

afterEach(async () => {
  program?.killGroup();
  await program?.ended;
});

/**
 * Runs `npm run dev` without data of an earlier run, and with these variables instead of the project's
 * `.dev.vars`, which may name a real database. @returns its address.
 */
async function startDev(variables: Readonly<Record<string, string>>, ...more: string[]): Promise<string> {
  const port = await freePort();
  const file = join(temporaryFolder(), "dev-vars");
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(file, lines.join(""));
  const wrangler = join(wranglerFolder, "bin", "wrangler.js");
  const options = ["--port", String(port), "--ip", "127.0.0.1", "--persist-to", temporaryFolder()];
  const command = [process.execPath, wrangler, "dev", ...options, "--show-interactive-dev-session=false"];
  const env = { WRANGLER_SEND_METRICS: "false", X_LOCAL_OBSERVABILITY: "false", CI: "1" };
  program = new Program([...command, "--env-file", file, ...more], env);
  await program.line(/Ready on/);
  return `http://127.0.0.1:${port}`;
}

test("wrangler dev answers the same first calls", async () => {
  const url = await startDev({});
  const maker = await place(url, { idempotency_key: "a-unique-uuid-12345" });
  const sale = { client_id: "client-B", side: "sell", type: "market", price: undefined, quantity: 0.2 };
  const taker = await place(url, sale);
  expect(taker.trades).toMatchObject([{ maker_order_id: maker.order_id, price: "50000.00" }]);
  expect((await readBook(url)).bids).toEqual([{ price: "50000.00", quantity: "0.30000000", orders: 1 }]);
  for (const path of ["/healthz", "/metrics", "/openapi.json", "/docs", "/public/instruments"]) {
    expect((await fetch(url + path)).status, path).toBe(200);
  }
});

const reason = stackReason();

describe.skipIf(reason !== null)(title("wrangler dev with a stack", reason), () => {
  let stack: Stack;

  beforeAll(async () => {
    const folder = temporaryFolder();
    chmodSync(folder, 0o755); // the user of Postgres must be able to enter it
    stack = await startStack({ folder });
  });
  afterAll(() => stack?.close());

  test("ships to it, reads from it, and its cron trigger makes partitions", async () => {
    const url = await startDev(stack.environment, "--test-scheduled");
    const { order_id, updated_sequence } = await place(url);
    await eventually(async () => {
      const response = await fetch(`${url}/orders?client_id=client-A`);
      const { orders } = orderList.parse(await response.json());
      expect(orders).toMatchObject([{ order_id, status: "open" }]);
    });
    await eventually(async () => {
      const response = await fetch(`${url}/public/orderbook?source=mirror`);
      expect(await response.json()).toMatchObject({ source: "mirror", sequence: updated_sequence });
    });

    const weeks = async () => {
      const { rows } = await withClient(stack.postgres.url, (client) =>
        client.query("SELECT relname FROM pg_class WHERE relname ~ '^trades_2...w..$' ORDER BY relname"),
      );
      return rows.map(({ relname }) => relname as string);
    };
    const before = await weeks();
    await withClient(stack.postgres.url, (client) => client.query(`DROP TABLE ${before.at(-1)}`));
    expect(await weeks()).toEqual(before.slice(0, -1));
    expect((await fetch(`${url}/__scheduled?cron=17+3+*+*+*`)).status).toBe(200);
    expect(await weeks()).toEqual(before);
  });
});
