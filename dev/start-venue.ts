import { setTimeout as sleep } from "node:timers/promises";
import { adminTokenFile, ensureAdminToken } from "./admin-token.ts";
import { build } from "./build.ts";
import { readCommandLine } from "./command-line.ts";
import { beginVenueDatabase, type VenueDatabase } from "./database.ts";
import type { FolderLock } from "./folder-lock.ts";
import { messageOf } from "./gateway/http.ts";
import { LogPrinter } from "./log-printer.ts";
import { SECOND_LOOPBACK, secondLoopback } from "./loopback.ts";
import { onStop } from "./on-stop.ts";
import { endWithParent } from "./parent-watch.ts";
import { makePartitionsDaily } from "./partition-timer.ts";
import { defaultDataFolder, noteEnded, noteRunning } from "./running-venue.ts";
import { startVenue, type VenueProcess } from "./venue.ts";
import { checkVenue } from "./venue-check.ts";
import { ensureVenueId } from "./venue-id.ts";
import { lockVenue } from "./venue-lock.ts";
import { type WorkerVariables, workerVariables } from "./worker-variables.ts";

readCommandLine({
  name: "npm start",
  about:
    "Starts the venue. PORT (3000 unless set), HOST (127.0.0.1) and DATA_DIR (.data/venue) say where it listens and keeps " +
    "its data; they and the settings of the worker are read from the environment and from .dev.vars.",
  options: {},
});

/** So long the venue is asked how it is before history is opened. */
const CHECK_MS_ALONE = 500;
/** An address that stands for every one of the machine's. */
const HOST_OF_ALL = /\/\/(?:0\.0\.0\.0|\[?::\]?):/;
const LATE = "History is not open yet: what is traded meanwhile is kept, and follows.\n";
const host = process.env.HOST ?? "127.0.0.1";
const port = Number(process.env.PORT ?? 3000);
const dataFolder = defaultDataFolder();
if (!Number.isInteger(port) || port < 0 || port > 65535) {
  console.error(`PORT must be a port number, but is "${process.env.PORT}"`);
  process.exit(1);
}
const variables = variablesOrExit();
const printer = new LogPrinter({ level: variables.LOG_LEVEL });
const lock = await lockOrExit();

const [database] = await Promise.all([
  beginOrExit(variables),
  build(() => console.log("Building the bundle …")),
]);
// `localhost` may lead to ::1, where nobody else must answer in this venue's place.
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
// Has every instrument start, too: one ships what is missing from history only then.
const checked = checkVenue(venue.url);
// Opening history keeps this process busy, and an instrument that must ask it waits for it: whichever comes first.
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
const historyFailure = await history.ended;
if (historyFailure !== undefined) {
  console.error(`The database for history did not open: ${historyFailure}`);
  await venue.stop();
} else if (isLate && !isStopping) console.log("History is open.");
const endPartitions = isStopping ? () => {} : makePartitionsDaily(database.vars, printer.log);

const end = await venue.ended;
callOffStop();
callOffWatch();
endPartitions();
noteEnded(dataFolder);
await database.close();
lock.release();
const isClean = historyFailure === undefined && (isStopping || end === 0);
if (historyFailure === undefined || isStopping)
  console.log(isClean ? "Stopped; everything is kept for the next start." : `workerd ended with ${end}`);
process.exitCode = isClean ? 0 : 1;

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
    // Refused before anything is opened, where another one is configured than the folder's.
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

/** Opens history in the background. `ended` gives what kept it from opening, undefined where nothing did. */
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
    return await startVenue({
      dataFolder,
      host,
      port,
      onLog: printer.print,
      secondHost: second === "free" ? SECOND_LOOPBACK : undefined,
      vars: { ...vars, ADMIN_TOKEN: ensureAdminToken(dataFolder) },
    });
  } catch (error) {
    console.error(`The venue did not start. Is port ${port} in use? PORT sets another.\n${String(error)}`);
    await close();
    process.exit(1);
  }
}

/** What is in the way, where anything is. */
function troublesText(troubles: readonly string[]): string {
  return troubles.length === 0 ? "" : ["\nNot everything can be traded:", ...troubles].join("\n  ");
}

/** What to do first. */
function triesAt(url: string): string {
  return `
Three things to try:
  curl ${url}/public/instruments
  curl -X POST ${url}/orders -H "Content-Type: application/json" \\
    -d '{"client_id":"client-A","instrument":"BTC-USD","side":"buy","type":"limit","price":50000.0,"quantity":0.5}'
  npm run demo          and, to watch: npx wscat -c ${url.replace("http", "ws")}/stream`;
}

/** Where everything but the journal is, in words. */
function placesOf({ description, vars }: VenueDatabase): string {
  const { UPSTASH_REDIS_REST_URL: address, UPSTASH_REDIS_REST_TOKEN: token } = vars;
  const history = `history in ${description}`;
  return address === undefined || token === undefined
    ? history
    : `${history}; mirror in Redis at ${new URL(address).host}`;
}
