/** A thread that sends small requests to a venue, one after another, and measures each. `Probe` runs it. */
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { WebSocket } from "ws";
import { HttpClient } from "../system/support/http-client.ts";
import { INSTRUMENT } from "./book-file.ts";
import { NEIGHBOURS_TICKS } from "./books.ts";
import type { ProbeResult, ProberOptions, ProbeTimes } from "./probe-result.ts";

/** The pause after each answer. */
const PAUSE_MS = 20;
/** The requests of each kind until the venue is warm. Only later ones are measured. */
const WARM_UP_COUNT = 20;
const PROBES = 3;
/** How long an order of a neighbour may wait for an uncross of a million trades, on a slow machine. */
const ANSWER_MS_MAX = 300_000;

let isStopped = false;
let warmCount = 0;

/** Sends requests one after another. @param send throws on a wrong answer. */
async function probe(send: (count: number) => Promise<void>): Promise<ProbeTimes> {
  const timesMs: number[] = [];
  const failures: string[] = [];
  let answeredCount = 0;
  for (let count = 0; !isStopped; count++) {
    const sentMs = performance.now();
    try {
      await send(count);
      answeredCount++;
      if (count > WARM_UP_COUNT) timesMs.push(performance.now() - sentMs);
    } catch (cause) {
      failures.push(String(cause));
    }
    if (count === WARM_UP_COUNT && ++warmCount === PROBES) parentPort?.postMessage("warm");
    await sleep(PAUSE_MS);
  }
  return { answeredCount, timesMs, failures };
}

async function run({ url, client, neighbours }: ProberOptions): Promise<ProbeResult> {
  const readers = new HttpClient(url, 1, ANSWER_MS_MAX);
  const traders = new HttpClient(url, 1, ANSWER_MS_MAX);
  const socket = new WebSocket(`${url.replace("http", "ws")}/stream?instrument=${INSTRUMENT}&channels=`);
  await once(socket, "open");
  // The end of the connection fails the outstanding ping and all later ones.
  const ended = once(socket, "close").then(([code]) => {
    throw new Error(`closed with ${code}`);
  });
  ended.catch(() => {});
  try {
    const [read, order, ping] = await Promise.all([
      probe(async () => {
        const { status, body } = await readers.get(`/public/orderbook?instrument=${INSTRUMENT}&levels=1`);
        if (status !== 200) throw new Error(`a read is answered ${status} ${body.slice(0, 200)}`);
      }),
      probe(async (count) => {
        const isTaker = neighbours === "trade" && count % 2 === 1;
        const order = {
          client_id: `${client}-${isTaker ? "buyer" : "seller"}`,
          instrument: INSTRUMENT,
          type: "limit",
          side: isTaker ? "buy" : "sell",
          price: NEIGHBOURS_TICKS,
          quantity: 1,
        };
        const { status, body } = await traders.post("/orders", JSON.stringify(order));
        const expected = isTaker ? "filled" : "open";
        if (status !== 201 || JSON.parse(body).status !== expected)
          throw new Error(`an order is answered ${status} and not ${expected}: ${body.slice(0, 200)}`);
      }),
      probe(async () => {
        socket.send("ping");
        await Promise.race([once(socket, "message"), ended]);
      }),
    ]);
    return { read, order, ping };
  } finally {
    socket.terminate();
    readers.close();
    traders.close();
  }
}

parentPort?.once("message", () => {
  isStopped = true;
});
parentPort?.postMessage(await run(workerData as ProberOptions));
