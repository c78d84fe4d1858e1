import { join } from "node:path";
import { startGateway } from "./gateway/gateway.ts";
import { migrate } from "./migrate.ts";
import type { WorkerVariables } from "./worker-variables.ts";

const LOCAL_HOSTS = ["127.0.0.1", "localhost", "[::1]"];

/** What the venue ships to and reads history from. */
export interface VenueDatabase {
  /** The variables of the worker, with those that lead to it. */
  readonly vars: WorkerVariables;
  /** Where history is, in words for the person who started the venue. */
  readonly description: string;
  close(): Promise<void>;
}

/**
 * Opens what the variables say: Postgres where DATABASE_URL is set, or else one embedded in this
 * process, with its data beside the venue's. Migrations are applied to the embedded database and to
 * one on this machine; any other is brought up to date by `npm run migrate`.
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
  const gateway = await startGateway({ postgres: { embedded: { dataFolder: folder } }, log });
  try {
    await migrate(gateway.databaseUrl);
  } catch (cause) {
    await gateway.close();
    throw cause;
  }
  // A replica of another database is none of this one.
  const { DATABASE_READ_URL: _, ...others } = vars;
  return {
    vars: { ...others, DATABASE_URL: gateway.databaseUrl, NEON_FETCH_ENDPOINT: `${gateway.url}/sql` },
    description: "embedded Postgres",
    close: gateway.close,
  };
}
