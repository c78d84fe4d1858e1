/**
 * Measures how many orders per second one instrument accepts over the sockets of clients, each written before it
 * is answered.
 *
 *   npm run bench:socket -- [--seconds 10] [--warm-up 3] [--connections 8] [--in-flight 256] [--edges N]
 *
 * Each connection sends an order for each answer, so that as many orders as asked for are without an answer at
 * any time. The orders are those of `bench:http`, without keys.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import WebSocket from "ws";
import { build } from "../host/build.ts";
import { readCommandLine } from "../host/tools/command-line.ts";
import { EDGES_OPTION, microsecondsEach, startBenchServer } from "./bench-server.ts";
import { describeMachine } from "./machine.ts";
import { INSTRUMENTS } from "./open-orders.ts";
import { OrderMix } from "./order-mix.ts";
import { percentile } from "./percentile.ts";

const { values } = readCommandLine({
  name: "npm run bench:socket",
  about: "Measures how many orders per second one instrument accepts over the sockets of clients.",
  options: {
    connections: { type: "string", value: "N", help: "connections, each for a client", default: "8" },
    "in-flight": { type: "string", value: "N", help: "orders without an answer, in all", default: "256" },
    seconds: { type: "string", value: "SECONDS", help: "duration of the measurement", default: "10" },
    "warm-up": { type: "string", value: "SECONDS", help: "duration of the warm-up", default: "3" },
    seed: { type: "string", value: "N", help: "seed of the orders", default: "1" },
    edges: EDGES_OPTION,
  },
});

/** One client's connection. */
class Trader {
  answers = 0;
  readonly latenciesMs: number[] = [];
  failure: string | undefined;
  readonly #socket: WebSocket;
  readonly #clientId: string;
  readonly #mix: OrderMix;
  /** When each order without an answer was sent. Answers come in the same order. */
  #sentMs: number[] = [];
  #received = 0;

  constructor(url: string, clientId: string, seed: number) {
    this.#clientId = clientId;
    this.#mix = new OrderMix(new URL(url), seed, undefined);
    const query = `client_id=${clientId}&instrument=BTC-USD&channels=`;
    this.#socket = new WebSocket(`${url.replace("http", "ws")}/stream?${query}`, {
      perMessageDeflate: false,
    });
    this.#socket.on("message", (data: Buffer) => this.#receive(data));
    this.#socket.on("close", (code) => {
      this.failure ??= `closed with ${code}`;
    });
  }

  async begin(inFlight: number): Promise<void> {
    await new Promise((resolve, reject) => {
      this.#socket.once("open", resolve).once("error", reject);
    });
    for (let count = 0; count < inFlight; count++) this.#send();
  }

  close(): void {
    this.failure ??= "";
    this.#socket.terminate();
  }

  #send(): void {
    const request = this.#mix.next(this.#clientId);
    const body = request.slice(request.indexOf("{"));
    this.#sentMs.push(performance.now());
    this.#socket.send(`{"op":"place","body":${body}}`);
  }

  #receive(data: Buffer): void {
    this.#received += data.length;
    if (data.indexOf('"status":201') < 0) this.failure ??= data.toString("utf8", 0, 300);
    this.latenciesMs.push(performance.now() - (this.#sentMs.shift() ?? 0));
    this.answers++;
    // A client that acknowledges nothing counts as one that does not read.
    if (this.#received > 20_000) {
      this.#socket.send(`{"op":"ack","received":${this.#received}}`);
      this.#received = 0;
    }
    if (this.failure === undefined) this.#send();
  }
}

const folder = mkdtempSync(join(tmpdir(), "edgebook-socket-"));
try {
  await build();
  const server = await startBenchServer(Number(values.edges), { dataFolder: folder, vars: { INSTRUMENTS } });
  const count = Number(values.connections);
  const traders = Array.from(
    { length: count },
    (_, index) => new Trader(server.url, `client-${index}`, index),
  );
  await Promise.all(traders.map((trader) => trader.begin(Math.ceil(Number(values["in-flight"]) / count))));
  await sleep(Number(values["warm-up"]) * 1000);
  for (const trader of traders) trader.latenciesMs.length = 0;
  const answered = () => traders.reduce((sum, { answers }) => sum + answers, 0);
  const [before, cpu, own, startMs] = [answered(), server.cpu(), process.cpuUsage(), performance.now()];
  await sleep(Number(values.seconds) * 1000);
  const orders = answered() - before;
  const seconds = (performance.now() - startMs) / 1000;
  const [after, usage] = [server.cpu(), process.cpuUsage(own)];
  const failures = traders.flatMap(({ failure }) => failure ?? []);
  for (const trader of traders) trader.close();
  await server.stop();
  const sorted = traders.flatMap(({ latenciesMs }) => latenciesMs).sort((a, b) => a - b);
  console.log(`${describeMachine(folder)}\n`);
  console.table([
    {
      "orders/s": Math.round(orders / seconds),
      "p50 ms": percentile(sorted, 0.5).toFixed(1),
      "p99 ms": percentile(sorted, 0.99).toFixed(1),
      "workerd µs/order": microsecondsEach(cpu.workerd, after.workerd, orders),
      "edges µs/order": microsecondsEach(cpu.edges, after.edges, orders),
      "generator CPU": ((usage.user + usage.system) / 1e6 / seconds).toFixed(2),
    },
  ]);
  for (const failure of failures.slice(0, 3)) console.error(failure);
  process.exitCode = failures.length > 0 ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
