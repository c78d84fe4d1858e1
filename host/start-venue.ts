import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../dev/gateway/http.ts";
import { adminTokenFile, ensureAdminToken } from "./admin-token.ts";
import { build } from "./build.ts";
import { edgeCount } from "./edge-count.ts";
import { startEdgedVenue } from "./edged-venue.ts";
import { beginVenueDatabase, type VenueDatabase } from "./history/database.ts";
import { makePartitionsDaily } from "./history/partition-timer.ts";
import { defaultDataFolder, noteEnded, noteRunning } from "./running-venue.ts";
import { readCommandLine } from "./tools/command-line.ts";
import type { FolderLock } from "./tools/folder-lock.ts";
import { LogPrinter } from "./tools/log-printer.ts";
import { SECOND_LOOPBACK, secondLoopback } from "./tools/loopback.ts";
import { onStop } from "./tools/on-stop.ts";
import { endWithParent } from "./tools/parent-watch.ts";
import { startVenue, type VenueProcess } from "./venue.ts";
import { checkVenue } from "./venue-check.ts";
import { ensureVenueId } from "./venue-id.ts";
import { lockVenue } from "./venue-lock.ts";
import { type WorkerVariables, workerVariables } from "./worker-variables.ts";

readCommandLine({
  name: "npm start",
  about:
    "Starts the venue. PORT (default 3000) and HOST (127.0.0.1) set where it listens, DATA_DIR (.data/venue) where it keeps " +
    "its data, EDGES how many processes answer HTTP (default: cores less one; 0: workerd alone); these and the worker's settings are read from the environment and from .dev.vars.",
  options: {},
});

/** How long the check of the venue runs before history starts to open. */
const CHECK_MS_ALONE = 500;
/** An address that stands for all addresses of the machine. */
const HOST_OF_ALL = /\/\/(?:0\.0\.0\.0|\[?::\]?):/;
const LATE = "History is not open yet. Trades are kept meanwhile and shipped later.\n";
const host = process.env.HOST ?? "127.0.0.1";
const port = Number(process.env.PORT ?? 3000);
const dataFolder = defaultDataFolder();
if (!Number.isInteger(port) || port < 0 || port > 65535) {
  console.error(`PORT must be a port number, but is "${process.env.PORT}"`);
  process.exit(1);
}
const variables = variablesOrExit();
const edges = edgesOrExit();
const printer = new LogPrinter({ level: variables.LOG_LEVEL });
const lock = await lockOrExit();

const [database] = await Promise.all([
  beginOrExit(variables),
  build(() => console.log("Building the bundle …")),
]);
// `localhost` may resolve to ::1, where no other program must answer instead of this venue.
const second = host === "127.0.0.1" && port !== 0 ? await secondLoopback(port) : "none";
const venue = await startOrExit(database);
lock.note(venue.pid);
const callOffWatch = endWithParent(venue.pid);
const url = second === "taken" ? venue.url : venue.url.replace("127.0.0.1", "localhost");
noteRunning(dataFolder, {
  url: HOST_OF_ALL.test(venue.url) ? url.replace(HOST_OF_ALL, "//localhost:") : url,
  pid: venue.pid,
  admin_token: ensureAdminToken(dataFolder),
});
let isStopping = false;
const callOffStop = onStop(() => {
  isStopping = true;
  void venue.stop();
});
// This also starts every instrument. An instrument ships its missing events to history only once it is
// started.
const checked = checkVenue(venue.url);
// Opening history keeps a core busy, which the first start of the instruments needs. The first of these to end
// starts it.
await Promise.race([checked, venue.ended, sleep(CHECK_MS_ALONE)]);
const history = openHistory(database);
const { takesOrders, troubles } = await checked;
const isLate = database.isToBeOpened && !history.isOpen;

if (!isStopping)
  console.log(`
Edgebook trades at ${url}   (data in ${dataFolder}; ${placesOf(database)}; Ctrl-C stops it)
${isLate ? LATE : ""}${troublesText(troubles)}${takesOrders ? triesAt(url) : ""}
The API, to browse: ${url}/docs
To operate it: npm run admin -- status BTC-USD   (token: ${process.env.ADMIN_TOKEN ? "ADMIN_TOKEN" : adminTokenFile(dataFolder)})
`);
printer.release();
// A venue that ends does not wait for its history to open.
const historyFailure = await Promise.race([history.ended, venue.ended.then(() => undefined)]);
if (historyFailure !== undefined) {
  console.error(`The database for history did not open: ${historyFailure}`);
  await venue.stop();
} else if (isLate && history.isOpen && !isStopping) console.log("History is open.");
const endPartitions =
  history.isOpen && !isStopping ? makePartitionsDaily(database.vars, printer.log) : () => {};

const end = await venue.ended;
callOffStop();
callOffWatch();
endPartitions();
noteEnded(dataFolder);
await database.close();
lock.release();
const isClean = historyFailure === undefined && (isStopping || end === 0);
if (historyFailure === undefined || isStopping)
  console.log(isClean ? "Stopped. All data is kept for the next start." : `workerd ended with ${end}`);
process.exitCode = isClean ? 0 : 1;

function edgesOrExit(): number {
  try {
    return edgeCount(process.env.EDGES);
  } catch (error) {
    console.error(messageOf(error));
    process.exit(1);
  }
}

function variablesOrExit(): WorkerVariables {
  try {
    return workerVariables(process.env);
  } catch (error) {
    console.error(messageOf(error));
    process.exit(1);
  }
}

async function lockOrExit(): Promise<FolderLock> {
  try {
    const held = await lockVenue(dataFolder);
    // Refuses a VENUE_ID other than the folder's before anything is opened.
    ensureVenueId(dataFolder, variables.VENUE_ID);
    return held;
  } catch (error) {
    console.error(`The venue did not start: ${messageOf(error)}`);
    process.exit(1);
  }
}

async function beginOrExit(vars: WorkerVariables): Promise<VenueDatabase> {
  try {
    return await beginVenueDatabase(dataFolder, vars, (detail) => printer.log("warn", "history", { detail }));
  } catch (error) {
    console.error(`The database for history did not open: ${messageOf(error)}`);
    process.exit(1);
  }
}

/** Opens history in the background. `ended` resolves with the failure, or undefined if there was none. */
function openHistory({ open }: VenueDatabase): {
  isOpen: boolean;
  readonly ended: Promise<string | undefined>;
} {
  const opening = open();
  const history = {
    isOpen: false,
    ended: opening.then(() => undefined, messageOf),
  };
  void history.ended.then((failure) => {
    history.isOpen = failure === undefined;
  });
  return history;
}

async function startOrExit({ vars, close }: VenueDatabase): Promise<VenueProcess> {
  try {
    const options = {
      dataFolder,
      host,
      port,
      onLog: printer.print,
      secondHost: second === "free" ? SECOND_LOOPBACK : undefined,
      vars: { ...vars, ADMIN_TOKEN: ensureAdminToken(dataFolder) },
    };
    if (edges === 0) return await startVenue(options);
    const edgesHost = { onLines: printer.printAll, log: printer.log };
    return await startEdgedVenue({ ...options, edges, edgesHost });
  } catch (error) {
    console.error(`The venue did not start. Is port ${port} in use? PORT sets another.\n${String(error)}`);
    await close();
    process.exit(1);
  }
}

/** The problems of the instruments, if there are any. */
function troublesText(troubles: readonly string[]): string {
  return troubles.length === 0 ? "" : ["\nSome instruments cannot trade:", ...troubles].join("\n  ");
}

/** Commands to try first. */
function triesAt(url: string): string {
  return `
Three things to try:
  curl ${url}/public/instruments
  curl -X POST ${url}/orders -H "Content-Type: application/json" \\
    -d '{"client_id":"client-A","instrument":"BTC-USD","side":"buy","type":"limit","price":50000.0,"quantity":0.5}'
  npm run demo          and, to watch: npx wscat -c ${url.replace("http", "ws")}/stream`;
}

/** Where all data other than the journal is, as text. */
function placesOf({ description, vars }: VenueDatabase): string {
  const { UPSTASH_REDIS_REST_URL: address, UPSTASH_REDIS_REST_TOKEN: token } = vars;
  const history = `history in ${description}`;
  return address === undefined || token === undefined
    ? history
    : `${history}; mirror in Redis at ${new URL(address).host}`;
}
