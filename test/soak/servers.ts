import { join } from "node:path";
import { createClient } from "@redis/client";
import { startServer } from "../../dev/stack/child-process.ts";
import { preparePostgres } from "../../dev/stack/postgres-server.ts";
import { prepareRedis } from "../../dev/stack/redis-server.ts";
import { type RestartableServer, restartable } from "../../dev/stack/restartable-server.ts";
import { migrate } from "../../host/history/migrate.ts";
import type { RedisConnection } from "../mirror/mirrored-venue.ts";
import { freePort } from "../support/free-port.ts";
import { FaultPort } from "./fault-port.ts";

const NAME = "soak";
const gatewayProgram = join(import.meta.dirname, "..", "..", "dev", "gateway", "main.ts");

/** The servers behind a soak's venue, each in its own process that can be killed. */
export interface SoakServers {
  readonly postgres: RestartableServer;
  readonly redis: RestartableServer;
  readonly gateway: RestartableServer;
  readonly faults: FaultPort;
  /** The worker's variables with the connections to them. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Starts all three with empty data folders. @throws if one does not start. Nothing is left running then. */
export async function startServers(folder: string): Promise<SoakServers> {
  const [postgresPort, redisPort, gatewayPort, faultPort] = await Promise.all([
    freePort(),
    freePort(),
    freePort(),
    freePort(),
  ]);
  const postgres = await preparePostgres({
    folder: join(folder, "postgres"),
    port: postgresPort,
    name: NAME,
  });
  const redis = await prepareRedis({ folder: join(folder, "redis"), port: redisPort });
  const gateway = prepareGateway({
    GATEWAY_PORT: String(gatewayPort),
    GATEWAY_FAULT_PORT: String(faultPort),
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
    UPSTASH_REDIS_REST_TOKEN: NAME,
  });
  const close = async () => {
    for (const server of [gateway, redis, postgres]) await server.stop();
  };
  try {
    await Promise.all([postgres.start(), redis.start()]);
    await migrate(postgres.url);
    await gateway.start();
  } catch (cause) {
    await close();
    throw cause;
  }
  const environment = {
    DATABASE_URL: postgres.url,
    NEON_FETCH_ENDPOINT: `${gateway.url}/sql`,
    UPSTASH_REDIS_REST_URL: gateway.url,
    UPSTASH_REDIS_REST_TOKEN: NAME,
  };
  return {
    postgres,
    redis,
    gateway,
    faults: new FaultPort(`http://127.0.0.1:${faultPort}`),
    environment,
    close,
  };
}

/** The gateway as a process, so that a kill also loses its work in progress. */
function prepareGateway(environment: Readonly<Record<string, string>>): RestartableServer {
  const url = `http://127.0.0.1:${environment.GATEWAY_PORT}`;
  return restartable({
    url,
    stopSignal: "SIGTERM",
    launch: () => {
      const options = { env: { PATH: process.env.PATH, ...environment } };
      return startServer({ name: "the gateway", command: process.execPath, args: [gatewayProgram], options });
    },
    // Any answer suffices: its backends may be down. The fault port listens last.
    probe: async () => {
      await fetch(`http://127.0.0.1:${environment.GATEWAY_FAULT_PORT}/faults`);
    },
  });
}

/** Runs `use` with a direct connection to Redis, as another program would read the mirror. */
export async function withRedis<T>(
  { redis }: SoakServers,
  use: (client: RedisConnection) => Promise<T>,
): Promise<T> {
  const client = createClient({ url: redis.url });
  client.on("error", () => {}); // commands fail with the same error
  await client.connect();
  try {
    return await use(client);
  } finally {
    client.destroy();
  }
}
