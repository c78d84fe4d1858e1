import { join } from "node:path";
import { beginEmbeddedHistory } from "./embedded-history.ts";
import { migrate } from "./migrate.ts";
import type { WorkerVariables } from "./worker-variables.ts";

const LOCAL_HOSTS = ["127.0.0.1", "localhost", "[::1]"];

/** What the venue ships to and reads history from. */
export interface VenueDatabase {
  /** The variables of the worker, with those that lead to it. */
  readonly vars: WorkerVariables & {
    readonly HISTORY_MAY_RESTART?: string;
    readonly HISTORY_IS_NEW?: string;
  };
  /** Where history is, in words for the person who started the venue. */
  readonly description: string;
  /** Whether it is still to be opened: a venue trades without it, and whoever asks it waits. */
  readonly isToBeOpened: boolean;
  /** Opens it. @throws where that cannot be done. */
  open(): Promise<void>;
  /** Call it once `open` has ended, if it was called. */
  close(): Promise<void>;
}

/**
 * Gets what the variables say: Postgres where DATABASE_URL is set, or else one embedded in this process, with its data
 * beside the venue's, which is still to be opened. Migrations are applied to the embedded database and to one on this
 * machine; any other is brought up to date by `npm run migrate`. An embedded database that is damaged is set aside,
 * and a new one takes its place.
 * @throws where the embedded database is in use, or a local one refuses a migration.
 */
export async function beginVenueDatabase(
  dataFolder: string,
  vars: WorkerVariables,
  log: (line: string) => void,
): Promise<VenueDatabase> {
  if (vars.DATABASE_URL === undefined) return beginEmbedded(join(dataFolder, "postgres"), vars, log);
  const { hostname } = new URL(vars.DATABASE_URL);
  if (LOCAL_HOSTS.includes(hostname)) await migrate(vars.DATABASE_URL);
  const nothing = async () => {};
  return { vars, description: `Postgres at ${hostname}`, isToBeOpened: false, open: nothing, close: nothing };
}

async function beginEmbedded(
  folder: string,
  vars: WorkerVariables,
  log: (line: string) => void,
): Promise<VenueDatabase> {
  const { databaseUrl, url, isNew, open, close } = await beginEmbeddedHistory(folder, log);
  // A replica of another database is none of this one.
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
