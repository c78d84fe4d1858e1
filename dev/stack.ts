import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { z } from "zod";
import { migrate } from "../host/history/migrate.ts";
import { readCommandLine } from "../host/tools/command-line.ts";
import { type Gateway, startGateway } from "./gateway/gateway.ts";
import { freePort } from "./stack/child-process.ts";
import { preparePostgres } from "./stack/postgres-server.ts";
import { prepareRedis } from "./stack/redis-server.ts";
import type { RestartableServer } from "./stack/restartable-server.ts";

const databaseName = "edgebook";
const defaultFolder = join(import.meta.dirname, "..", ".data", "stack");

export interface StackOptions {
  /** The folder of both data folders. Default: `.data/stack` of the project. */
  folder?: string;
  /** The ports. Default: free ports. */
  ports?: { postgres?: number; redis?: number; gateway?: number; faults?: number };
  /** The bearer token of the Redis REST interface. Default: `local`. */
  token?: string;
  /** Receives lines for the person who runs the stack. Default: none. */
  log?: (line: string) => void;
}

export interface Stack {
  postgres: RestartableServer;
  redis: RestartableServer;
  gateway: Gateway;
  /** The environment for the worker and the other programs, by name. */
  environment: Record<string, string>;
  /** Ends the gateway and both servers. The data stays. It is safe to call this twice. */
  close(): Promise<void>;
}

/**
 * Starts its own Postgres and Redis servers from Debian's packages, applies the migrations, and puts a
 * gateway with a fault port in front. The servers can be stopped, killed and restarted while the gateway
 * stays. Throws if a program is missing, a port is taken, or a data folder is in use. Nothing is left running
 * then.
 */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const folder = resolve(options.folder ?? defaultFolder);
  const { ports = {}, token = "local", log = () => {} } = options;
  await mkdir(folder, { recursive: true });
  const cleanups: (() => Promise<void>)[] = [];
  const closeAll = async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  };
  try {
    const postgresPort = ports.postgres ?? (await freePort());
    const postgres = await preparePostgres({
      folder: join(folder, "postgres"),
      port: postgresPort,
      name: databaseName,
    });
    const redis = await prepareRedis({
      folder: join(folder, "redis"),
      port: ports.redis ?? (await freePort()),
    });
    cleanups.push(postgres.stop, redis.stop);
    await Promise.all([postgres.start(), redis.start()]);
    const { applied } = await migrate(postgres.url);
    log(`migrations applied: ${applied.join(", ") || "none were missing"}`);
    const gateway = await startGateway({
      port: ports.gateway ?? 0,
      faultPort: ports.faults ?? 0,
      postgres: { url: postgres.url },
      redis: { url: redis.url, token },
      log,
    });
    cleanups.push(gateway.close);
    let closing: Promise<void> | undefined;
    return {
      postgres,
      redis,
      gateway,
      environment: {
        DATABASE_URL: postgres.url,
        NEON_FETCH_ENDPOINT: `${gateway.url}/sql`,
        UPSTASH_REDIS_REST_URL: gateway.url,
        UPSTASH_REDIS_REST_TOKEN: token,
      },
      close: () => {
        closing ??= closeAll();
        return closing;
      },
    };
  } catch (cause) {
    await closeAll();
    throw cause;
  }
}

const port = (fallback: number) => z.coerce.number().int().min(1).max(65_535).default(fallback);

/** The environment variables of `npm run stack`. */
const settings = z.object({
  STACK_FOLDER: z.string().min(1).default(defaultFolder),
  STACK_POSTGRES_PORT: port(15_432),
  STACK_REDIS_PORT: port(16_379),
  GATEWAY_PORT: port(8_788),
  GATEWAY_FAULT_PORT: port(8_789),
  UPSTASH_REDIS_REST_TOKEN: z.string().min(1).default("local"),
});

/** Every variable that `npm run stack` uses. */
export const stackVariables: readonly string[] = Object.keys(settings.shape);

async function main(): Promise<void> {
  readCommandLine({
    name: "npm run stack",
    about: `Starts its own Postgres, Redis and gateway. It takes ${stackVariables.join(", ")} from the environment and from .env.`,
    options: {},
  });
  const set = Object.entries(process.env).filter(([, value]) => value !== "");
  const parsed = settings.safeParse(Object.fromEntries(set));
  if (!parsed.success) throw new Error(`the environment is invalid:\n${z.prettifyError(parsed.error)}`);
  const env = parsed.data;
  let stack: Stack | undefined;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      // Still starting. The exit ends what was started so far.
      if (stack === undefined) process.exit(1);
      stack.close().catch(report);
    });
  }
  stack = await startStack({
    folder: env.STACK_FOLDER,
    ports: {
      postgres: env.STACK_POSTGRES_PORT,
      redis: env.STACK_REDIS_PORT,
      gateway: env.GATEWAY_PORT,
      faults: env.GATEWAY_FAULT_PORT,
    },
    token: env.UPSTASH_REDIS_REST_TOKEN,
    log: (line) => console.error(`stack: ${line}`),
  });
  console.error(
    `stack: Postgres ${stack.postgres.pid}, Redis ${stack.redis.pid}, gateway ${stack.gateway.url}`,
  );
  console.error(
    `stack: faults at ${stack.gateway.faultUrl}/faults; Ctrl-C ends all of them; the environment to use:`,
  );
  for (const [name, value] of Object.entries(stack.environment)) console.log(`${name}=${value}`);
}

function report(cause: unknown): void {
  console.error(`stack: ${cause instanceof Error ? cause.message : String(cause)}`);
  process.exitCode = 1;
}

if (import.meta.main) await main().catch(report);
