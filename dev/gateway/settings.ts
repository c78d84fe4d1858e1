import { z } from "zod";

const port = z.coerce.number().int().min(0).max(65_535);
const url = (protocols: string[], example: string) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
    message: `must be a URL like ${example}`,
  });

/** The environment variables of the gateway. An empty one counts as not set. */
const environment = z.object({
  GATEWAY_HOST: z.string().default("127.0.0.1"),
  GATEWAY_PORT: port.default(8788),
  GATEWAY_FAULT_PORT: port.optional(),
  DATABASE_URL: url(
    ["postgres:", "postgresql:"],
    "postgres://user:password@127.0.0.1:5432/database",
  ).optional(),
  PGLITE_DATA_FOLDER: z.string().optional(),
  PGLITE_PASSWORD: z.string().optional(),
  REDIS_URL: url(["redis:", "rediss:"], "redis://127.0.0.1:6379").optional(),
  UPSTASH_REDIS_REST_TOKEN: z.string().optional(),
});

/**
 * The database of `/sql` and the WebSocket: a Postgres server, or PGlite in a folder or, without one, in
 * memory.
 */
export type PostgresSource = { url: string } | { embedded: EmbeddedSource };

interface EmbeddedSource {
  dataFolder?: string | undefined;
  /** The password for clients. Default: a random one, new at each start. */
  password?: string | undefined;
  /** The port of the database itself. Default: a free port. */
  port?: number;
  /** See `EmbeddedPostgresOptions`. */
  fill?: (dataFolder: string) => Promise<void>;
  lockMillisecondsMax?: number;
  onCrash?: (cause: unknown) => void;
  image?: Blob;
}

export interface GatewayOptions {
  /**
   * The address to listen on. Default: 127.0.0.1. The gateway trusts every client that reaches it: keep it
   * private.
   */
  host?: string;
  /** Default: 0, which selects a free port. */
  port?: number;
  postgres: PostgresSource;
  /** If it is absent, the Redis paths answer 503. `token` is the bearer token that clients must send. */
  redis?: { url: string; token: string };
  /**
   * The port of the fault control API. If it is absent, there is none, and `faults` is only available in the
   * process.
   */
  faultPort?: number;
  /** Receives lines for the person who runs the gateway. Default: none. */
  log?: (line: string) => void;
}

/**
 * Parses the gateway's options from environment variables. Throws an `Error` that names every invalid one.
 */
export function readSettings(env: Record<string, string | undefined>): GatewayOptions {
  const set = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ""),
  );
  const parsed = environment.safeParse(set);
  if (!parsed.success) throw new Error(`the environment is invalid:\n${z.prettifyError(parsed.error)}`);
  const settings = parsed.data;
  if (settings.REDIS_URL !== undefined && settings.UPSTASH_REDIS_REST_TOKEN === undefined) {
    throw new Error(
      "the environment is invalid: REDIS_URL requires UPSTASH_REDIS_REST_TOKEN, the token that clients send",
    );
  }
  const redis = { url: settings.REDIS_URL ?? "", token: settings.UPSTASH_REDIS_REST_TOKEN ?? "" };
  return {
    host: settings.GATEWAY_HOST,
    port: settings.GATEWAY_PORT,
    postgres:
      settings.DATABASE_URL === undefined
        ? { embedded: { dataFolder: settings.PGLITE_DATA_FOLDER, password: settings.PGLITE_PASSWORD } }
        : { url: settings.DATABASE_URL },
    ...(settings.REDIS_URL === undefined ? {} : { redis }),
    ...(settings.GATEWAY_FAULT_PORT === undefined ? {} : { faultPort: settings.GATEWAY_FAULT_PORT }),
  };
}

/** Every variable that `readSettings` uses. */
export const gatewayVariables: readonly string[] = Object.keys(environment.shape);
