import { setTimeout as sleep } from "node:timers/promises";
import { Random } from "../../test/support/random.ts";
import { ApiClient } from "../api-client.ts";
import { Deeds } from "./deeds.ts";
import { Display } from "./display.ts";
import { Market } from "./market.ts";
import { type DemoOptions, readOptions } from "./options.ts";
import type { DemoView } from "./screen.ts";
import { Totals } from "./totals.ts";

const TICK_MS = 10;
/** The most requests in flight. If the venue is slower than the rate, the rate drops. */
const IN_FLIGHT_MAX = 64;

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(`${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

async function main(args: readonly string[]): Promise<void> {
  const options = readOptions(args);
  const api = new ApiClient(options.url);
  const random = new Random(options.seed);
  const totals = new Totals();
  const listed = await reach(options.url, api.instruments());
  const deeds = new Deeds();
  const markets = listed.map((instrument) => new Market(api, instrument, random, totals, deeds));
  const display = new Display();
  const view = (): DemoView => ({
    url: options.url,
    doing: `${options.rate} requests a second, seed ${options.seed}`,
    totals: String(totals),
    footer: footerOf(options),
    markets: markets.map((market) => market.view),
    deeds: (count) => deeds.newest(count),
  });
  try {
    await reach(options.url, Promise.all(markets.map((market) => market.open())));
    display.open(view());
    try {
      await trade(options, markets, random, totals, {
        everyMs: display.everyMs,
        show: () => display.show(view()),
      });
      display.redraw(view());
      if (!options.isKept) for (const market of markets) await market.cancelAll();
      for (const market of markets) await market.catchUp();
    } finally {
      display.close(view());
    }
    console.log("Stopped.");
  } finally {
    for (const market of markets) market.close();
  }
}

/** Sends at the rate until a bound or the signal, then waits for the requests in flight. */
async function trade(
  options: DemoOptions,
  markets: readonly Market[],
  random: Random,
  totals: Totals,
  progress: { readonly everyMs: number; readonly show: () => void },
): Promise<void> {
  const inFlight = new Set<Promise<void>>();
  let failure: unknown;
  const startedMs = performance.now();
  let sentCount = 0;
  let nextProgressMs = startedMs;
  const isOver = () =>
    stop.signal.aborted ||
    failure !== undefined ||
    totals.placed >= options.ordersMax ||
    performance.now() - startedMs >= options.secondsMax * 1000;
  while (!isOver()) {
    const dueCount = Math.floor(((performance.now() - startedMs) / 1000) * options.rate);
    // Requests that are overdue are skipped, not sent in a burst later.
    sentCount = Math.max(sentCount, dueCount - IN_FLIGHT_MAX);
    const roomMax = Math.min(IN_FLIGHT_MAX, options.ordersMax - totals.placed);
    while (sentCount < dueCount && inFlight.size < roomMax) {
      sentCount++;
      const request = random
        .pick(markets)
        .step()
        .catch((error: unknown) => {
          failure ??= error;
        })
        .finally(() => inFlight.delete(request));
      inFlight.add(request);
    }
    if (performance.now() >= nextProgressMs) {
      nextProgressMs += progress.everyMs;
      progress.show();
    }
    await sleep(TICK_MS);
  }
  await Promise.all(inFlight);
  if (failure !== undefined) throw new Error(`The venue stopped answering: ${causeOf(failure)}\n${totals}`);
}

/** What Ctrl-C does, or what happens after it. */
function footerOf({ isKept }: DemoOptions): string {
  if (stop.signal.aborted) return isKept ? "Ending …" : "Cancelling resting orders …";
  return `Ctrl-C ends it${isKept ? "" : " and cancels resting orders"}`;
}

async function reach<T>(url: string, request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (error) {
    throw new Error(`No venue answers at ${url}: start one with "npm start" (${causeOf(error)}).`);
  }
}

function causeOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? cause.message || String((cause as NodeJS.ErrnoException).code) : message;
}
