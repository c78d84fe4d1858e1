import { renameSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { DamagedDatabase } from "./gateway/embedded/damage.ts";
import { type Gateway, startGateway } from "./gateway/gateway.ts";
import { messageOf } from "./gateway/http.ts";
import { migrate } from "./migrate.ts";
import type { WorkerVariables } from "./worker-variables.ts";

const LOCAL_HOSTS = ["127.0.0.1", "localhost", "[::1]"];

/** What the venue ships to and reads history from. */
export interface VenueDatabase {
  /** The variables of the worker, with those that lead to it. */
  readonly vars: WorkerVariables & { readonly HISTORY_MAY_RESTART?: string };
  /** Where history is, in words for the person who started the venue. */
  readonly description: string;
  close(): Promise<void>;
}

/**
 * Opens what the variables say: Postgres where DATABASE_URL is set, or else one embedded in this
 * process, with its data beside the venue's. Migrations are applied to the embedded database and to
 * one on this machine; any other is brought up to date by `npm run migrate`. An embedded database that is damaged
 * is set aside, and a new one takes its place.
 * @throws where the embedded database is in use, or a local one refuses a migration.
 */
export async function openVenueDatabase(
  dataFolder: string,
  vars: WorkerVariables,
  log: (line: string) => void,
): Promise<VenueDatabase> {
  if (vars.DATABASE_URL === undefined) return openEmbedded(join(dataFolder, "postgres"), vars, log);
  const { hostname } = new URL(vars.DATABASE_URL);
  if (LOCAL_HOSTS.includes(hostname)) await migrate(vars.DATABASE_URL);
  return { vars, description: `Postgres at ${hostname}`, close: async () => {} };
}

async function openEmbedded(
  folder: string,
  vars: WorkerVariables,
  log: (line: string) => void,
): Promise<VenueDatabase> {
  const gateway = await openHistory(folder, log).catch((cause: unknown) => {
    if (!(cause instanceof DamagedDatabase)) throw cause;
    setAside(folder, cause, log);
    return openHistory(folder, log);
  });
  // A replica of another database is none of this one.
  const { DATABASE_READ_URL: _, ...others } = vars;
  return {
    vars: {
      ...others,
      DATABASE_URL: gateway.databaseUrl,
      NEON_FETCH_ENDPOINT: `${gateway.url}/sql`,
      HISTORY_MAY_RESTART: "true",
    },
    description: "embedded Postgres",
    close: gateway.close,
  };
}

async function openHistory(folder: string, log: (line: string) => void): Promise<Gateway> {
  const gateway = await startGateway({ postgres: { embedded: { dataFolder: folder } }, log });
  try {
    await migrate(gateway.databaseUrl);
    return gateway;
  } catch (cause) {
    await gateway.close().catch(() => {}); // damaged, it may not end in order either
    throw isOfDamage(cause) ? new DamagedDatabase(messageOf(cause), { cause }) : cause;
  }
}

/** Whether Postgres said that it cannot read its own files, or broke down over them. */
function isOfDamage(cause: unknown): boolean {
  if (cause instanceof pg.DatabaseError) return /^(?:XX|58)/.test(cause.code ?? "");
  return messageOf(cause).includes("Connection terminated");
}

/** Keeps a damaged database for whoever can read it, and makes room for a new one: trading does not need it. */
function setAside(folder: string, { message }: DamagedDatabase, log: (line: string) => void): void {
  const time = new Date().toISOString().replace(/[-:]/g, "").replace(/\..*/, "Z");
  const aside = `${folder}.damaged-${time}`;
  renameSync(folder, aside);
  log(
    `The embedded history is damaged (${message.split("\n")[0]}). It was set aside in ${aside}; history begins ` +
      "anew with what the journals hold.",
  );
}
