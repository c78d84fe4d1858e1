import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "smol-toml";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROOT } from "../../host/build.ts";
import { startVenue, type VenueProcess } from "../../host/venue.ts";
import { type InstrumentSpec, readInstrumentSpecs } from "../../protocol/instrument-spec.ts";
import { Random } from "../support/random.ts";
import { ClientLedger } from "./support/client-ledger.ts";
import {
  checkMarketData,
  checkOrders,
  checkRepeats,
  checkStored,
  resolveUnknown,
} from "./support/crash-check.ts";
import { HttpClient } from "./support/http-client.ts";
import { readInstrumentFile } from "./support/instrument-file.ts";
import { readStoredState, type StoredState } from "./support/stored-state.ts";
import { Trader } from "./support/trader.ts";

/** Set it to repeat a run. The seed determines what the clients do, but not when the kill hits. */
const SEED = Number(process.env.CRASH_SEED ?? Date.now() % 1_000_000);
const KILLS = Number(process.env.CRASH_KILLS ?? 12);
const CLIENTS = 48;
/** The delay of the kill after the start of the load. */
const LOAD_MS = { minimum: 150, maximum: 700 } as const;

let dataFolder: string;
let venue: VenueProcess | undefined;

beforeAll(() => {
  dataFolder = mkdtempSync(join(tmpdir(), "edgebook-crash-"));
});

afterAll(async () => {
  await venue?.stop("SIGKILL");
  rmSync(dataFolder, { recursive: true });
});

test(`kill -9 under load, ${KILLS} times, loses and repeats nothing (CRASH_SEED=${SEED})`, {
  timeout: 300_000,
}, async () => {
  const instruments = configuredInstruments().slice(0, 1);
  const spec = readInstrumentSpecs(instruments)[0] as InstrumentSpec;
  const start = async (): Promise<HttpClient> => {
    venue = await startVenue({ dataFolder, vars: { INSTRUMENTS: instruments }, onLog: () => {} });
    return new HttpClient(venue.url, CLIENTS);
  };
  const stored = () => readInstrumentFile(dataFolder, (journal, sql) => readStoredState(spec, journal, sql));

  const ledger = new ClientLedger();
  const traders = Array.from({ length: CLIENTS }, (_, index) => {
    return new Trader(`client-${index}`, new Random(SEED * 1000 + index), ledger);
  });
  const random = new Random(SEED);
  let [unknown, untold, acknowledgedPlacements] = [0, 0, 0];
  let http = await start();
  for (let kill = 1; kill <= KILLS; kill++) {
    const known = new Set(ledger.orders.keys());
    // On a busy machine a new instrument may take longer than this to store anything at all.
    if (kill === 1) await traders[0]?.run(http, () => ledger.orders.size > 0);
    await tradeUntilKilled(http, traders, random.between(LOAD_MS.minimum, LOAD_MS.maximum));
    unknown += ledger.unknownPlacements().length;
    const state = stored();
    untold += checkStored(state, ledger);

    http = await start();
    await checkMarketData(http, state);
    const answered = ledger.placements.filter(({ answer }) => answer !== undefined);
    const isLast = kill === KILLS;
    // After each kill everything since the previous one is checked; at the end everything there ever was.
    await checkOrders(
      http,
      [...ledger.orders.values()].filter((order) => isLast || !known.has(order.order_id)),
    );
    await checkRepeats(http, isLast ? answered : answered.slice(acknowledgedPlacements));
    // These repeats have changed nothing.
    await checkMarketData(http, state);
    await resolveUnknown(http, state, ledger);
    acknowledgedPlacements = ledger.placements.length;
  }
  await venue?.stop();
  const end = stored();
  expect(checkStored(end, ledger)).toBe(0);
  reportAndExpectVariety(end, ledger, traders, unknown, untold);
});

/** Lets all clients trade, then kills the venue in the middle. */
async function tradeUntilKilled(http: HttpClient, traders: readonly Trader[], loadMs: number): Promise<void> {
  let isKilled = false;
  const trading = Promise.all(traders.map((trader) => trader.run(http, () => isKilled)));
  // A client that finds a fault ends the wait early.
  await Promise.race([sleep(loadMs), trading]);
  isKilled = true;
  await venue?.stop("SIGKILL");
  await trading;
  http.close();
}

/** Rare events must have happened too, or the run proves too little. */
function reportAndExpectVariety(
  end: StoredState,
  ledger: ClientLedger,
  traders: readonly Trader[],
  unknown: number,
  untold: number,
): void {
  const statuses = [...ledger.orders.values()].map(({ status }) => status);
  const seen = {
    orders: ledger.orders.size,
    trades: end.trades.size,
    cancelled: ledger.cancelledCount,
    refused: ledger.rejectedCount,
    repeatedUnderLoad: traders.reduce((sum, { repeatCount }) => sum + repeatCount, 0),
    unansweredAtKill: unknown,
    storedButUnanswered: untold,
    neverArrived: unknown - untold,
    partiallyFilled: statuses.filter((status) => status === "partially_filled").length,
  };
  console.log(JSON.stringify(seen));
  for (const [what, count] of Object.entries(seen)) expect(count, what).toBeGreaterThan(0);
}

function configuredInstruments(): readonly unknown[] {
  const { vars } = parse(readFileSync(join(ROOT, "wrangler.toml"), "utf8"));
  return (vars as { INSTRUMENTS: unknown[] }).INSTRUMENTS;
}
