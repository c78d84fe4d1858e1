/**
 * Measures the cost of subscribers, and their latency. One instrument gets a steady stream of orders. It has
 * no subscribers, many direct ones, many that read nothing (direct and through relays), and very many through
 * relays.
 *
 *   npm run bench:stream -- [--seconds 20] [--rate 1000] [--direct 1000] [--dead 1000] [--relayed 10000]
 *                           [--relay-hosts 2] [--relays 4] [--channel book.10] [--relayed-channel book.10@100ms]
 *
 * The relays run in `--relay-hosts` separate processes with one relay each. With 0, the venue's own process
 * has `--relays` of them. The processes of relays and subscribers run at a lower priority than the venue's,
 * as they should on one machine.
 *
 * Each subscriber has its own chain. At the end all of them must have a book at the venue's sequence whose
 * checksum matches. Latency is the time from an order's acknowledgment to the receipt of its message, at
 * every subscriber, for an order every 50 ms.
 */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { constants, setPriority, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { build } from "../host/build.ts";
import { readCommandLine } from "../host/tools/command-line.ts";
import { type BenchServer, EDGES_OPTION, startBenchServer } from "./bench-server.ts";
import { describeMachine } from "./machine.ts";
import { runGenerator } from "./run-generator.ts";
import { Crowd } from "./stream/crowd.ts";
import { RawSocket } from "./stream/raw-socket.ts";
import { formatTable } from "./table.ts";

const { values } = readCommandLine({
  name: "npm run bench:stream",
  about: "Measures the cost of subscribers of the stream, and their latency.",
  options: {
    seconds: { type: "string", value: "SECONDS", help: "duration of the measurement", default: "20" },
    rate: { type: "string", value: "N", help: "orders per second", default: "1000" },
    direct: { type: "string", value: "N", help: "direct subscribers of the instrument", default: "1000" },
    dead: { type: "string", value: "N", help: "subscribers that read nothing", default: "1000" },
    relayed: { type: "string", value: "N", help: "subscribers of relays", default: "10000" },
    relays: {
      type: "string",
      value: "N",
      help: "relays in the venue, if there are no relay hosts",
      default: "4",
    },
    edges: EDGES_OPTION,
    "relay-hosts": { type: "string", value: "N", help: "processes with a relay each", default: "2" },
    channel: { type: "string", value: "NAME", help: "channel of direct subscribers", default: "book.10" },
    "relayed-channel": {
      type: "string",
      value: "NAME",
      help: "channel of subscribers of relays",
      default: "book.10@100ms",
    },
  },
});
const seconds = Number(values.seconds);
const WARM_UP_SECONDS = 2;
const PROBE_EVERY_MS = 50;
/** The connections made at a time. */
const JOIN_AT_ONCE = 100;
const CATCH_UP_MS_MAX = 30_000;
const NICE = constants.priority.PRIORITY_LOW;

interface Scene {
  readonly title: string;
  readonly subscribers: number;
  readonly dead: number;
  readonly channel: string;
  readonly vars: Readonly<Record<string, string>>;
  /**
   * The number of relay hosts that the subscribers are spread over. Without any, they connect to the venue.
   */
  readonly hosts: number;
}

const relayHosts = Number(values["relay-hosts"]);
const direct = { vars: { STREAM_RELAYS: "0" }, hosts: 0 };
const relayed =
  relayHosts > 0
    ? { ...direct, hosts: relayHosts }
    : { vars: { STREAM_RELAYS: values.relays, STREAM_DIRECT_MAX: "0" }, hosts: 0 };
const places = relayHosts > 0 ? `${relayHosts} hosts of relays` : `${values.relays} relays`;
const [directs, deads, relayeds] = [Number(values.direct), Number(values.dead), Number(values.relayed)];
const scenes: Scene[] = [
  { title: "nobody", subscribers: 0, dead: 0, channel: values.channel, ...direct },
  { title: "subscribers", subscribers: directs, dead: 0, channel: values.channel, ...direct },
  { title: "dead ones", subscribers: 0, dead: deads, channel: values.channel, ...direct },
  { title: `dead ones of ${places}`, subscribers: 0, dead: deads, channel: values.channel, ...relayed },
  {
    title: `subscribers of ${places}`,
    subscribers: relayeds,
    dead: 0,
    channel: values["relayed-channel"],
    ...relayed,
  },
];

await build();
const rows: string[][] = [];
for (const scene of scenes) {
  if (scene.title !== "nobody" && scene.subscribers + scene.dead === 0) continue;
  const folder = mkdtempSync(join(tmpdir(), "edgebook-stream-"));
  if (rows.length === 0) console.log(`${describeMachine(folder)}; ${seconds} s, ${values.rate} orders/s\n`);
  const processes = [await startBenchServer(Number(values.edges), { dataFolder: folder, vars: scene.vars })];
  try {
    for (let host = 0; host < scene.hosts; host++)
      processes.push(await startRelayHost(join(folder, `relays-${host}`), processes[0]?.url ?? ""));
    rows.push(await run(scene, processes));
  } finally {
    for (const each of processes) await each.stop("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
}
const heading = ["followed by", "channel", "sockets", "messages/s", "MB/s", "receipt p50 ms", "p99 ms"];
console.log(
  formatTable(
    [
      ...heading,
      "orders/s",
      "order p50 ms",
      "p99 ms",
      "venue CPU",
      "edges' CPU",
      "relays' CPU",
      "RSS MB",
      "proven",
    ],
    rows,
  ),
);

async function startRelayHost(dataFolder: string, upstream: string): Promise<BenchServer> {
  const vars = { STREAM_UPSTREAM: upstream, STREAM_RELAYS: "1" };
  const host = await startBenchServer(0, { dataFolder, vars });
  setPriority(host.pid, NICE);
  return host;
}

/** @param processes the venue, then the relay hosts. */
async function run(scene: Scene, processes: readonly BenchServer[]): Promise<string[]> {
  const [venue, ...hosts] = processes as readonly [BenchServer, ...BenchServer[]];
  const urls = (hosts.length > 0 ? hosts : [venue]).map(
    (each) =>
      new URL(`${each.url.replace("http", "ws")}/stream?channels=${encodeURIComponent(scene.channel)}`),
  );
  const crowd = new Crowd(urls);
  const dead: RawSocket[] = [];
  for (let left = scene.subscribers; left > 0; left -= JOIN_AT_ONCE)
    await Promise.all(Array.from({ length: Math.min(left, JOIN_AT_ONCE) }, () => crowd.join()));
  for (let count = 0; count < scene.dead; count++)
    dead.push(await deadSubscriber(urls[count % urls.length] as URL));
  const load = runGenerator({
    url: venue.url,
    connections: 32,
    warmUpSeconds: WARM_UP_SECONDS,
    seconds,
    ratePerSecond: Number(values.rate),
    hasKeys: false,
    seed: 1,
  });
  // The priority cannot always be raised again, and later processes inherit it. This is the last scene.
  if (hosts.length > 0 && scene.subscribers > 0) setPriority(NICE);
  await sleep(WARM_UP_SECONDS * 1000);
  const before = {
    messages: crowd.messages,
    bytes: crowd.bytes,
    cpus: processes.map(({ cpu }) => cpu()),
    ms: performance.now(),
  };
  crowd.latencies.fill(0);
  await probe(venue.url, crowd, before.ms + seconds * 1000);
  const tookSeconds = (performance.now() - before.ms) / 1000;
  const messages = crowd.messages - before.messages;
  const megabytes = (crowd.bytes - before.bytes) / 1e6;
  const cpus = processes.map(({ cpu }) => cpu());
  const share = (kind: "workerd" | "edges", at: number) =>
    ((cpus[at]?.[kind] ?? 0) - (before.cpus[at]?.[kind] ?? 0)) / tookSeconds;
  const result = await load;
  const proven = await countProven(venue.url, crowd);
  const failures = [...crowd.failures, ...(result.errors > 0 ? [result.firstError ?? ""] : [])];
  for (const failure of new Set(failures)) console.error(`${scene.title}: ${failure}`);
  if (failures.length > 0 || proven !== scene.subscribers) process.exitCode = 1;
  crowd.close();
  for (const socket of dead) socket.close();
  const latency = (share: number) => (scene.subscribers === 0 ? "" : String(crowd.latencyMs(share)));
  return [
    scene.title,
    scene.channel,
    String(scene.subscribers + scene.dead),
    (messages / tookSeconds).toFixed(0),
    (megabytes / tookSeconds).toFixed(1),
    latency(0.5),
    latency(0.99),
    result.answersPerSecond.toFixed(0),
    result.latencyMs.p50.toFixed(1),
    result.latencyMs.p99.toFixed(1),
    share("workerd", 0).toFixed(2),
    share("edges", 0).toFixed(2),
    sum(hosts.map((_, index) => share("workerd", index + 1))).toFixed(2),
    sum(processes.map(residentMegabytes)).toFixed(0),
    `${proven} of ${scene.subscribers}`,
  ];
}

function sum(all: readonly number[]): number {
  return all.reduce((total, each) => total + each, 0);
}

function residentMegabytes({ pid }: BenchServer): number {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kilobytes) / 1024;
}

/**
 * Places an order from time to time that changes the best of the book, and records when it was acknowledged.
 */
async function probe(url: string, crowd: Crowd, untilMs: number): Promise<void> {
  while (performance.now() < untilMs) {
    const body = {
      client_id: "probe",
      instrument: "BTC-USD",
      side: "buy",
      type: "limit",
      price: 50_100,
      quantity: 1,
    };
    const response = await fetch(`${url}/orders`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const { updated_sequence } = (await response.json()) as { updated_sequence: number };
    crowd.acknowledged(updated_sequence);
    await sleep(PROBE_EVERY_MS);
  }
}

/** The number of subscribers that reach the venue's last sequence with a matching checksum. */
async function countProven(url: string, crowd: Crowd): Promise<number> {
  const last = {
    client_id: "last",
    instrument: "BTC-USD",
    side: "buy",
    type: "limit",
    price: 50_200,
    quantity: 50,
  };
  const response = await fetch(`${url}/orders`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(last),
  });
  const { updated_sequence } = (await response.json()) as { updated_sequence: number };
  const untilMs = performance.now() + CATCH_UP_MS_MAX;
  while (crowd.countAt(updated_sequence) < crowd.size && performance.now() < untilMs) await sleep(50);
  return crowd.countAt(updated_sequence);
}

/** A subscriber that connects and then reads nothing. */
function deadSubscriber(url: URL): Promise<RawSocket> {
  return new Promise((resolve) => {
    const socket: RawSocket = new RawSocket(url, {
      onOpen: () => {
        socket.freeze();
        resolve(socket);
      },
      onText: () => {},
      onEnd: () => {},
    });
  });
}
