import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { freePort } from "../support/free-port.ts";
import { place, post, readBook } from "./support/calls.ts";
import { Program, start, temporaryFolder } from "./support/venue-runner.ts";

const programs: Program[] = [];
afterEach(() => {
  for (const program of programs.splice(0)) program.killGroup();
});

async function startOn(port: number, folder: string): Promise<Program> {
  const program = start({ PORT: String(port), DATA_DIR: folder });
  programs.push(program);
  await program.line(/Edgebook trades at/);
  return program;
}

test("npm start trades, stops cleanly, and starts again with all its data", async () => {
  const [port, folder] = [await freePort(), temporaryFolder()];
  const url = `http://127.0.0.1:${port}`;
  const first = await startOn(port, folder);
  expect(first.output).toContain(`http://localhost:${port}`);
  expect(first.output).toContain(folder);

  const keyed = { idempotency_key: "a-unique-uuid-12345", price: 50000 };
  const maker = await place(url, keyed);
  await place(url, { client_id: "client-B", side: "sell", type: "market", price: undefined, quantity: 0.2 });
  const cancelled = await place(url, { price: 1 });
  expect((await post(`${url}/orders/${cancelled.order_id}/cancel`)).status).toBe(200);
  const paths = ["/public/orderbook", "/public/trades", `/public/orders/${maker.order_id}`];
  const read = () => Promise.all(paths.map(async (path) => (await fetch(url + path)).text()));
  const before = await read();

  expect(await first.stop("SIGTERM"), first.output).toBe(0);
  expect(first.lines.at(-1)).toBe("Stopped. All data is kept for the next start.");
  expect(existsSync(join(folder, "objects"))).toBe(true);

  const second = await startOn(port, folder);
  expect(await read()).toEqual(before);
  expect(await place(url, keyed)).toEqual(maker);
  expect((await readBook(url)).bids).toEqual([{ price: "50000.00", quantity: "0.30000000", orders: 1 }]);
  expect(await second.stop("SIGINT"), second.output).toBe(0);
});

test("localhost reaches the venue at either address, and a foreign listener is reported", async () => {
  const [port, folder] = [await freePort(), temporaryFolder()];
  const first = await startOn(port, folder);
  for (const address of ["127.0.0.1", "[::1]"])
    expect((await fetch(`http://${address}:${port}/public/instruments`)).status, address).toBe(200);
  await first.stop();

  const other = createServer().listen(port, "::1");
  await once(other, "listening");
  const second = await startOn(port, folder);
  expect(second.output).toContain(`Edgebook trades at http://127.0.0.1:${port} `);
  expect(second.output).not.toContain(`localhost:${port}`);
  other.close();
});

test("it ends with npm, which signals only its shell", async () => {
  const [port, folder] = [await freePort(), temporaryFolder()];
  const program = new Program(["npm", "start"], { PORT: String(port), DATA_DIR: folder });
  programs.push(program);
  await program.line(/Edgebook trades at/);
  // It has ended when every process that writes to its output has.
  await program.stop("SIGTERM");
  expect(program.output).toContain("Stopped. All data is kept for the next start.");
  await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow();
});

test("a port in use is reported, with exit code 1", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as { port: number };
  const program = start({ PORT: String(port), DATA_DIR: temporaryFolder() });
  programs.push(program);
  expect(await program.ended, program.output).toBe(1);
  expect(program.output).toContain(`Is port ${port} in use? PORT sets another.`);
  other.close();
});

test.each(["abc", "-1", "65536", "3000.5"])("PORT=%s is refused, with exit code 1", async (port) => {
  const program = start({ PORT: port, DATA_DIR: temporaryFolder() });
  programs.push(program);
  expect(await program.ended).toBe(1);
  expect(program.output).toBe(`PORT must be a port number, but is "${port}"`);
});
