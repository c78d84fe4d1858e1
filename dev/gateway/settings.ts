import { z } from "zod";

const port = z.coerce.number().int().min(0).max(65_535);
const url = (protocols: string[], example: string) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
    message: `must be a URL like ${example}`,
  });

/** The environment variables of the gateway; an empty one counts as not set. */
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

/** Where `/sql` and the WebSocket lead: a Postgres server, or PGlite in a folder or (without one) in memory. */
export type PostgresSource = { url: string } | { embedded: EmbeddedSource };

interface EmbeddedSource {
  dataFolder?: string | undefined;
  /** What clients must give; a random one, new at each start, unless told. */
  password?: string | undefined;
  /** Port of the database itself; 0 or nothing lets the system choose. */
  port?: number;
  /** See `EmbeddedPostgresOptions`. */
  fill?: (dataFolder: string) => Promise<void>;
  image?: Blob;
}

export interface GatewayOptions {
  /** Address to listen on; 127.0.0.1 unless told. The gateway trusts whoever reaches it: keep it private. */
  host?: string;
  /** 0, the default, lets the system choose. */
  port?: number;
  postgres: PostgresSource;
  /** Left out, the Redis paths answer 503. `token` is the bearer token clients must send. */
  redis?: { url: string; token: string };
  /** Port of the fault control API; left out, there is none, and `faults` is reached in process only. */
  faultPort?: number;
  /** Told in one line of what a person running the gateway should know; silent unless given. */
  log?: (line: string) => void;
}

/** Reads the gateway's options from environment variables. Throws an `Error` naming every one that is wrong. */
export function readSettings(env: Record<string, string | undefined>): GatewayOptions {
  const set = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ""),
  );
  const parsed = environment.safeParse(set);
  if (!parsed.success) throw new Error(`the environment is wrong:\n${z.prettifyError(parsed.error)}`);
  const settings = parsed.data;
  if (settings.REDIS_URL !== undefined && settings.UPSTASH_REDIS_REST_TOKEN === undefined) {
    throw new Error(
      "the environment is wrong: REDIS_URL needs UPSTASH_REDIS_REST_TOKEN, the token clients send",
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

/** Every variable `readSettings` looks at. */
export const gatewayVariables: readonly string[] = Object.keys(environment.shape);
