import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Stack, startStack } from "../../dev/stack.ts";
import { startVenue } from "../../host/venue.ts";
import { health } from "../../protocol/health.ts";
import { orderList } from "../../protocol/order-entry.ts";
import { stackReason, title, withClient } from "../gateway/services.ts";
import { shipTrades, trade } from "../gateway/shipping.ts";
import { eventually } from "../mirror/mirrored-venue.ts";
import { freePort } from "../support/free-port.ts";
import { place } from "./support/calls.ts";
import { type Program, start, startIn, temporaryFolder } from "./support/venue-runner.ts";

const reason = stackReason();
const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

describe.skipIf(reason !== null)(title("npm start with a stack", reason), () => {
  let stack: Stack;
  const programs: Program[] = [];
  const dataFolder = temporaryFolder();

  beforeAll(async () => {
    const folder = temporaryFolder();
    chmodSync(folder, 0o755); // the user of Postgres must be able to enter it
    stack = await startStack({ folder, token: "own" });
  });
  afterEach(() => {
    for (const program of programs.splice(0)) program.killGroup();
  });
  afterAll(() => stack?.close());

  /** Places an order, and reads it from Postgres and from the mirror. */
  async function expectToReach(url: string, client_id: string): Promise<void> {
    const placed = await place(url, { client_id });
    const { trades: _, trade_count: __, idempotency_key: ___, ...known } = placed;
    await eventually(async () => {
      const response = await fetch(`${url}/orders?client_id=${client_id}`);
      expect(orderList.parse(await response.json()).orders).toEqual([known]);
    });
    const { rows } = await withClient(stack.postgres.url, (client) =>
      client.query("SELECT order_id FROM orders WHERE client_id = $1", [client_id]),
    );
    expect(rows).toEqual([{ order_id: placed.order_id }]);
    await eventually(async () => {
      const response = await fetch(`${url}/public/orderbook?source=mirror`);
      const book = await response.json();
      expect(book).toMatchObject({ source: "mirror", sequence: placed.updated_sequence });
    });
    await eventually(async () => {
      const reply = await fetch(`${url}/healthz`);
      expect(await reply.json()).toMatchObject({ status: "ok" });
    });
  }

  async function isAnswering(url: string): Promise<boolean> {
    return fetch(`${url}/healthz`).then(
      () => true,
      () => false,
    );
  }

  test("its environment connects to Postgres and Redis, and Ctrl-C ends all of it", async () => {
    // Gives the partition job of the start something to report: a week whose rows are in the default
    // partition.
    await withClient(stack.postgres.url, async (client) => {
      const { rows } = await client.query(
        "SELECT max(relname) AS last FROM pg_class WHERE relname ~ '^trades_2...w..$'",
      );
      await client.query(`DROP TABLE ${rows[0].last}`);
      const executed_at = new Date(Date.now() + 7 * WEEK_MS).toISOString();
      await shipTrades(client, [trade({ instrument: "OTHER", executed_at })]);
    });
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const program = start({ ...stack.environment, PORT: String(port), DATA_DIR: dataFolder });
    programs.push(program);
    await program.line(/Edgebook trades at/);
    expect(program.output).toContain("history in Postgres at 127.0.0.1; mirror in Redis at 127.0.0.1:");
    await program.line(/"level":"warn","event":"trade_partition".*"outcome":"rows_in_default"/);
    await expectToReach(url, "by-environment");
    expect(await program.interrupt(), program.output).toBe(0);
    expect(program.lines.at(-1)).toBe("Stopped. All data is kept for the next start.");
    expect(await isAnswering(url)).toBe(false);
    expect(stack.postgres.pid).not.toBeNull();
  });

  test(".dev.vars connects there too, and the venue continues where it was", async () => {
    const folder = temporaryFolder();
    const lines = Object.entries(stack.environment).map(([name, value]) => `${name}=${value}`);
    writeFileSync(
      join(folder, ".dev.vars"),
      [...lines, "ADMIN_TOKEN=of-the-file", "READ_SOURCE=mirror"].join("\n"),
    );
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const program = startIn(folder, { PORT: String(port), DATA_DIR: dataFolder });
    programs.push(program);
    await program.line(/Edgebook trades at/);
    await expectToReach(url, "by-file");
    const book = await (await fetch(`${url}/public/orderbook`)).json();
    expect(book).toMatchObject({ source: "mirror", bids: [{ orders: 2 }] });
    const headers = { authorization: "Bearer of-the-file" };
    expect((await fetch(`${url}/admin/instruments/BTC-USD/status`, { headers })).status).toBe(200);
    expect(await program.interrupt(), program.output).toBe(0);
  });
});

test("if it is killed, workerd ends too", async () => {
  const port = await freePort();
  const program = start({ PORT: String(port), DATA_DIR: temporaryFolder() });
  try {
    await program.line(/Edgebook trades at/);
    const url = `http://127.0.0.1:${port}/public/instruments`;
    expect((await fetch(url)).status).toBe(200);
    await program.stop("SIGKILL");
    await eventually(() => expect(fetch(url)).rejects.toThrow());
  } finally {
    program.killGroup();
  }
});

test.each([
  ["READ_SOURCE", "redis"],
  ["MIRROR_AGE_MS_MAX", "soon"],
  ["STORAGE_BYTES_MAX", "much"],
])("%s=%s is refused by name, with exit code 1", async (name, value) => {
  const program = start({ [name]: value, DATA_DIR: temporaryFolder() });
  expect(await program.ended).toBe(1);
  expect(program.lines).toHaveLength(1);
  expect(program.output).toContain(`${name} must be`);
  expect(program.output).toContain(`is "${value}"`);
});

test.each(["much", "0", "-5"])(
  "a venue with STORAGE_BYTES_MAX=%s is unavailable and its log says why",
  async (value) => {
    const lines: string[] = [];
    const onLog = (line: string) => void lines.push(line);
    const venue = await startVenue({
      dataFolder: temporaryFolder(),
      vars: { STORAGE_BYTES_MAX: value },
      onLog,
    });
    try {
      const reply = await fetch(`${venue.url}/healthz`);
      expect(reply.status).toBe(503);
      const { instruments } = health.parse(await reply.json());
      expect(instruments.map(({ status }) => status)).toEqual(["unavailable", "unavailable"]);
      await eventually(async () => {
        const told = lines
          .filter((line) => line.includes('"event":"unhealthy"'))
          .map((line) => JSON.parse(line));
        expect(told).toHaveLength(2);
        for (const { error } of told) {
          expect(error).toContain(`STORAGE_BYTES_MAX must be a number of bytes, but is "${value}"`);
        }
      });
    } finally {
      await venue.stop();
    }
  },
);
