import { join, resolve } from "node:path";
import { adminTokenFile, ensureAdminToken } from "./admin-token.ts";
import { build, isBuilt, ROOT } from "./build.ts";
import { openVenueDatabase, type VenueDatabase } from "./database.ts";
import type { FolderLock } from "./folder-lock.ts";
import { messageOf } from "./gateway/http.ts";
import { onStop } from "./on-stop.ts";
import { endWithParent } from "./parent-watch.ts";
import { makePartitionsDaily } from "./partition-timer.ts";
import { startVenue, type VenueProcess } from "./venue.ts";
import { checkVenue } from "./venue-check.ts";
import { ensureVenueId } from "./venue-id.ts";
import { lockVenue } from "./venue-lock.ts";
import { type WorkerVariables, workerVariables } from "./worker-variables.ts";

const host = process.env.HOST ?? "127.0.0.1";
const port = Number(process.env.PORT ?? 3000);
const dataFolder = resolve(process.env.DATA_DIR ?? join(ROOT, ".data", "venue"));
if (!Number.isInteger(port) || port < 0 || port > 65535) {
  console.error(`PORT must be a port number, and is "${process.env.PORT}"`);
  process.exit(1);
}
const variables = variablesOrExit();
const lock = await lockOrExit();

if (!isBuilt()) console.log("Building the bundle …");
const [database] = await Promise.all([openOrExit(variables), build()]);
const venue = await startOrExit(database);
lock.note(venue.pid);
const callOffWatch = endWithParent(venue.pid);
const url = venue.url.replace("127.0.0.1", "localhost");
const endPartitions = makePartitionsDaily(database.vars, (line) => console.error(line));
let isStopping = false;
const callOffStop = onStop(() => {
  isStopping = true;
  void venue.stop();
});
// Has every instrument start, too: one ships what is missing from history only then.
const { takesOrders, troubles } = await checkVenue(venue.url);

if (!isStopping)
  console.log(`
Edgebook trades at ${url}   (data in ${dataFolder}; ${placesOf(database)}; Ctrl-C stops it)
${troublesText(troubles)}${takesOrders ? triesAt(url) : ""}
The API, to browse: ${url}/docs
To operate it: npm run admin -- status BTC-USD   (token: ${process.env.ADMIN_TOKEN ? "ADMIN_TOKEN" : adminTokenFile(dataFolder)})
`);

const end = await venue.ended;
callOffStop();
callOffWatch();
endPartitions();
await database.close();
lock.release();
const isClean = isStopping || end === 0;
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

async function openOrExit(vars: WorkerVariables): Promise<VenueDatabase> {
  try {
    return await openVenueDatabase(dataFolder, vars, (line) => console.error(line));
  } catch (error) {
    console.error(`The database for history did not open: ${messageOf(error)}`);
    process.exit(1);
  }
}

async function startOrExit({ vars, close }: VenueDatabase): Promise<VenueProcess> {
  try {
    return await startVenue({
      dataFolder,
      host,
      port,
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
