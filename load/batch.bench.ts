/**
 * Measures how many orders per second one instrument accepts in batches, each written before it is answered.
 *
 *   npm run bench:batch -- [--seconds 10] [--warm-up 3] [--connections 2] [--entries 1000] [--seed 1]
 *                          [--answers full|brief]
 *
 * Each connection sends its next batch when it has the answer to the previous one. The orders are those of
 * `bench:http`, without keys. The venue's own count of accepted orders is the result.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { build } from "../host/build.ts";
import { readCommandLine } from "../host/tools/command-line.ts";
import { EDGES_OPTION, microsecondsEach, startBenchServer } from "./bench-server.ts";
import { HttpConnection } from "./http-connection.ts";
import { describeMachine } from "./machine.ts";
import { INSTRUMENTS } from "./open-orders.ts";
import { OrderMix } from "./order-mix.ts";
import { percentile } from "./percentile.ts";

const { values } = readCommandLine({
  name: "npm run bench:batch",
  about:
    "Measures how many orders per second one instrument accepts in batches, each written before it is answered.",
  options: {
    connections: { type: "string", value: "N", help: "connections", default: "2" },
    entries: { type: "string", value: "N", help: "orders in a batch", default: "1000" },
    seconds: { type: "string", value: "SECONDS", help: "duration of the measurement", default: "10" },
    "warm-up": { type: "string", value: "SECONDS", help: "duration of the warm-up", default: "3" },
    seed: { type: "string", value: "N", help: "seed of the orders", default: "1" },
    edges: EDGES_OPTION,
    answers: { type: "string", value: "KIND", help: '"full" or "brief"', default: "full" },
  },
});
/** This many different batches are made in advance and sent in turn. */
const BATCHES = 50;

const folder = mkdtempSync(join(tmpdir(), "edgebook-batch-"));
const failures: string[] = [];
try {
  await build();
  const server = await startBenchServer(Number(values.edges), { dataFolder: folder, vars: { INSTRUMENTS } });
  const batches = makeBatches(new URL(server.url));
  const latenciesMs: number[] = [];
  const connections = Array.from({ length: Number(values.connections) }, (_, index) =>
    loop(new URL(server.url), batches, index, latenciesMs),
  );
  await sleep(Number(values["warm-up"]) * 1000);
  const [orders, cpu, startMs] = [await readOrders(server.url), server.cpu(), performance.now()];
  const own = process.cpuUsage();
  latenciesMs.length = 0;
  await sleep(Number(values.seconds) * 1000);
  const seconds = (performance.now() - startMs) / 1000;
  const accepted = (await readOrders(server.url)) - orders;
  const used = server.cpu();
  const usage = process.cpuUsage(own);
  for (const connection of connections) connection.close();
  await server.stop();
  const sorted = latenciesMs.sort((a, b) => a - b);
  const at = (share: number) => percentile(sorted, share).toFixed(1);
  console.log(`${describeMachine(folder)}\n`);
  console.table([
    {
      "orders/s": Math.round(accepted / seconds),
      "batches/s": (sorted.length / seconds).toFixed(1),
      "p50 ms": at(0.5),
      "p99 ms": at(0.99),
      "workerd µs/order": microsecondsEach(cpu.workerd, used.workerd, accepted),
      "edges µs/order": microsecondsEach(cpu.edges, used.edges, accepted),
      "generator CPU": ((usage.user + usage.system) / 1e6 / seconds).toFixed(2),
    },
  ]);
  for (const failure of failures.slice(0, 3)) console.error(failure);
  process.exitCode = failures.length > 0 ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true });
}

/** Makes whole HTTP requests. */
function makeBatches(url: URL): string[] {
  const mix = new OrderMix(url, Number(values.seed), undefined);
  return Array.from({ length: BATCHES }, () => {
    const entries = Array.from({ length: Number(values.entries) }, (_, index) =>
      mix
        .next(`bench-${index % 100}`)
        .replace(/^[^{]*\{/, '{"action":"place",')
        .replace('"instrument":"BTC-USD",', ""),
    );
    const body = `{"instrument":"BTC-USD","answers":"${values.answers}","entries":[${entries.join(",")}]}`;
    const head = `POST /orders/batch HTTP/1.1\r\nhost: ${url.host}\r\ncontent-type: application/json\r\n`;
    return `${head}content-length: ${body.length}\r\n\r\n${body}`;
  });
}

function loop(url: URL, batches: readonly string[], from: number, latenciesMs: number[]): HttpConnection {
  let next = from;
  let sentMs = 0;
  const send = () => {
    sentMs = performance.now();
    connection.send(batches[next++ % batches.length] as string);
  };
  const onAnswer = (status: number, body: Buffer) => {
    latenciesMs.push(performance.now() - sentMs);
    if (status !== 200) failures.push(`${status} ${body.toString("latin1", 0, 300)}`);
    send();
  };
  const connection: HttpConnection = new HttpConnection(url, onAnswer, () => {});
  send();
  return connection;
}

/** The number of orders that BTC-USD has accepted. */
async function readOrders(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const counts = text.matchAll(/^edgebook_orders_total\{instrument="BTC-USD",[^}]*\} (\d+)/gm);
  return Array.from(counts, ([, count]) => Number(count)).reduce((sum, count) => sum + count, 0);
}
