import { join } from "node:path";
import { type Gateway, startGateway } from "./gateway/gateway.ts";
import { migrate } from "./migrate.ts";

/** The worker's variables that lead to databases, as the environment or `.dev.vars` gives them. */
const VARIABLES = ["DATABASE_URL", "DATABASE_READ_URL", "NEON_FETCH_ENDPOINT"];
const LOCAL_HOSTS = ["127.0.0.1", "localhost", "[::1]"];

/** What the venue ships to and reads history from. */
export interface VenueDatabase {
  /** Variables of the worker that lead to it. */
  readonly vars: Readonly<Record<string, string>>;
  /** Where history is, in words for the person who started the venue. */
  readonly description: string;
  close(): Promise<void>;
}

/**
 * Opens what the environment says: Postgres where DATABASE_URL is set, or else one embedded in this
 * process, with its data beside the venue's. Migrations are applied to the embedded database and to
 * one on this machine; any other is brought up to date by `npm run migrate`.
 * @throws where the embedded database is in use, or a local one refuses a migration.
 */
export async function openVenueDatabase(
  dataFolder: string,
  environment: Readonly<Record<string, string | undefined>>,
  log: (line: string) => void,
): Promise<VenueDatabase> {
  const set = VARIABLES.flatMap((name) => {
    const value = environment[name];
    return value === undefined || value === "" ? [] : [[name, value] as const];
  });
  const vars: Record<string, string> = Object.fromEntries(set);
  if (vars.DATABASE_URL === undefined) return openEmbedded(join(dataFolder, "postgres"), log);
  const { hostname } = new URL(vars.DATABASE_URL);
  if (LOCAL_HOSTS.includes(hostname)) await migrate(vars.DATABASE_URL);
  return { vars, description: `Postgres at ${hostname}`, close: async () => {} };
}

async function openEmbedded(folder: string, log: (line: string) => void): Promise<VenueDatabase> {
  const gateway = await startGateway({ postgres: { embedded: { dataFolder: folder } }, log });
  try {
    await migrate(gateway.databaseUrl);
  } catch (cause) {
    await gateway.close();
    throw cause;
  }
  return { vars: varsOf(gateway), description: "embedded Postgres", close: gateway.close };
}

function varsOf(gateway: Gateway): Record<string, string> {
  // The driver wants a password in the URL; the gateway checks user and database only.
  return { DATABASE_URL: gateway.databaseUrl, NEON_FETCH_ENDPOINT: `${gateway.url}/sql` };
}
