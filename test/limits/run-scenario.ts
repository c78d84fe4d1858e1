import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { openInstrumentFile } from "../system/support/instrument-file.ts";
import { INSTRUMENT, MANY } from "./book-file.ts";
import { LimitedVenue } from "./limited-venue.ts";
import type { ProbeResult, ProbeTimes } from "./probe-result.ts";
import type { Scenario } from "./scenario.ts";
import { Scene } from "./scene.ts";

export interface LimitsOptions {
  /** The number of affected orders. */
  readonly size: number;
  /** The longest allowed value in storage. */
  readonly valueBytesMax: number;
  /** An empty folder. */
  readonly folder: string;
}

/** The result of a scenario. */
export interface ScenarioResult {
  readonly name: string;
  readonly elapsedMs: number;
  readonly probes: Readonly<Record<keyof ProbeResult, ProbeTimes>>;
  /** The largest value written to storage, and the largest stored. */
  readonly valueBytesMax: number;
  readonly messageBytesMax: number;
  readonly memoryBytesMax: number;
  readonly failures: readonly string[];
}

/** Runs a scenario on its own venue, and compares the stored state with the expected one. */
export async function runScenario(scenario: Scenario, options: LimitsOptions): Promise<ScenarioResult> {
  const { size, folder } = options;
  const own = join(folder, "scenario");
  mkdirSync(own);
  const venue = new LimitedVenue(own, options.valueBytesMax);
  const scene = new Scene(venue, size, scenario.neighbours);
  let storedBytesMax = 0;
  try {
    await venue.fill(scenario.book(size), size, join(folder, "empty"));
    await scene.start();
    await scenario.run(scene);
    if (scenario.isSliced) scene.check(scene.isSeenBetween, "no read was answered during it");
    const { agrees, difference } = await scene.operate("verify");
    scene.check(agrees === true, `verify finds a difference: ${JSON.stringify(difference)}`);
    await scene.stop();
    using database = openInstrumentFile(venue.dataFolder, INSTRUMENT);
    checkOrders(scene, scenario, database);
    storedBytesMax = largestStored(database);
    scene.check(storedBytesMax <= options.valueBytesMax, `a value of ${storedBytesMax} bytes is stored`);
  } catch (cause) {
    scene.failures.push(String(cause));
  } finally {
    await scene.stop("SIGKILL");
    rmSync(own, { recursive: true });
  }
  const probes = { read: merged(scene, "read"), order: merged(scene, "order"), ping: merged(scene, "ping") };
  return {
    name: scenario.name,
    elapsedMs: scene.elapsedMs,
    probes,
    valueBytesMax: Math.max(venue.valueBytesMax, storedBytesMax),
    messageBytesMax: scene.messageBytesMax,
    memoryBytesMax: venue.memoryBytesMax,
    failures: [
      ...scene.failures,
      ...venue.problems,
      ...Object.values(probes).flatMap((each) => each.failures),
    ],
  };
}

function merged({ probes }: Scene, kind: keyof ProbeResult): ProbeTimes {
  return {
    answeredCount: probes.reduce((sum, result) => sum + result[kind].answeredCount, 0),
    timesMs: probes.flatMap((result) => result[kind].timesMs),
    failures: probes.flatMap((result) => result[kind].failures),
  };
}

/**
 * Checks that every order is stored as it must have ended: the affected orders, and those of neighbours that
 * were answered.
 */
function checkOrders(scene: Scene, { orders, neighbours }: Scenario, database: DatabaseSync): void {
  const query = `SELECT iif(client_id LIKE 'neighbour-%', 'neighbours', client_id) AS client, status,
      coalesce(cancel_reason, '') AS reason, count(*) AS count
    FROM order_columns JOIN clients USING (client_number) GROUP BY 1, 2, 3`;
  const stored = new Map<string, number>();
  for (const { client, status, reason, count } of database.prepare(query).all())
    stored.set(`${client} ${status} ${reason}`.trim(), Number(count));
  const answered = scene.probes.map(({ order }) => order.answeredCount);
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
  const filled = neighbours === "rest" ? 0 : sum(answered.map((count) => 2 * Math.floor(count / 2)));
  const expected = {
    ...orders(scene.size),
    "neighbours filled": filled,
    "neighbours open": sum(answered) - filled,
  };
  const isOurs = (name: string) => name.startsWith(MANY) || name.startsWith("neighbours");
  for (const name of new Set([...stored.keys(), ...Object.keys(expected)])) {
    const [is, must] = [stored.get(name) ?? 0, expected[name as keyof typeof expected] ?? 0];
    if (isOurs(name)) scene.check(is === must, `${is} orders are stored as "${name}", and ${must} must be`);
  }
}

/** The length of the largest value in any table. */
function largestStored(database: DatabaseSync): number {
  let largest = 0;
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  for (const { name: table } of tables) {
    const columns = database.prepare(`SELECT name FROM pragma_table_info('${table}')`).all();
    for (const { name: column } of columns) {
      const query = `SELECT max(octet_length("${column}")) AS bytes FROM "${table}"`;
      largest = Math.max(largest, Number(database.prepare(query).get()?.bytes ?? 0));
    }
  }
  return largest;
}
