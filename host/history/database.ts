import { join } from "node:path";
import type { WorkerVariables } from "../worker-variables.ts";
import { beginHistory } from "./history-keeper.ts";

const LOCAL_HOSTS = ["127.0.0.1", "localhost", "[::1]"];

/** The database that the venue ships to and reads history from. */
export interface VenueDatabase {
  /** The worker's variables, including those of the connection. */
  readonly vars: WorkerVariables & {
    readonly HISTORY_MAY_RESTART?: string;
    readonly HISTORY_IS_NEW?: string;
  };
  /** Where history is, as text for the person who started the venue. */
  readonly description: string;
  /**
   * Whether the database is not open yet. A venue trades without it, and its requests to the database wait.
   */
  readonly isToBeOpened: boolean;
  /** Opens the database. @throws if that fails, or if the database is closed meanwhile. */
  open(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Returns the database that the variables configure: Postgres if DATABASE_URL is set, otherwise an embedded
 * one in a process of its own, with its data beside the venue's, which is not open yet. Migrations are applied
 * to the embedded database and to a Postgres on this machine. `npm run migrate` applies them to any other. A
 * damaged embedded database is set aside, and replaced by a new one.
 * @throws if the embedded database is in use, or a local one rejects a migration.
 */
export async function beginVenueDatabase(
  dataFolder: string,
  vars: WorkerVariables,
  log: (line: string) => void,
): Promise<VenueDatabase> {
  if (vars.DATABASE_URL === undefined) return beginEmbedded(join(dataFolder, "postgres"), vars, log);
  const { hostname } = new URL(vars.DATABASE_URL);
  if (LOCAL_HOSTS.includes(hostname)) {
    // Loaded here, since the embedded database's own process applies its migrations.
    const { migrate } = await import("./migrate.ts");
    await migrate(vars.DATABASE_URL);
  }
  const nothing = async () => {};
  return { vars, description: `Postgres at ${hostname}`, isToBeOpened: false, open: nothing, close: nothing };
}

async function beginEmbedded(
  folder: string,
  vars: WorkerVariables,
  log: (line: string) => void,
): Promise<VenueDatabase> {
  const { databaseUrl, url, isNew, open, close } = await beginHistory(folder, log);
  // A replica of another database does not belong to this one.
  const { DATABASE_READ_URL: _, ...others } = vars;
  return {
    vars: {
      ...others,
      DATABASE_URL: databaseUrl,
      NEON_FETCH_ENDPOINT: `${url}/sql`,
      HISTORY_MAY_RESTART: "true",
      ...(isNew ? { HISTORY_IS_NEW: "true" } : {}),
    },
    description: "embedded Postgres",
    isToBeOpened: true,
    open,
    close,
  };
}
