import { join } from "node:path";
import { createClient } from "@redis/client";
import { migrate } from "../../dev/migrate.ts";
import { startServer } from "../../dev/stack/child-process.ts";
import { preparePostgres } from "../../dev/stack/postgres-server.ts";
import { prepareRedis } from "../../dev/stack/redis-server.ts";
import { type RestartableServer, restartable } from "../../dev/stack/restartable-server.ts";
import type { RedisConnection } from "../mirror/mirrored-venue.ts";
import { freePort } from "../support/free-port.ts";
import { FaultPort } from "./fault-port.ts";

const NAME = "soak";
const gatewayProgram = join(import.meta.dirname, "..", "..", "dev", "gateway", "main.ts");

/** What stands behind a soak's venue, each in a process of its own that can be killed. */
export interface SoakServers {
  readonly postgres: RestartableServer;
  readonly redis: RestartableServer;
  readonly gateway: RestartableServer;
  readonly faults: FaultPort;
  /** The worker's variables that lead to them. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Starts all three with empty data folders. @throws where one does not start; nothing is left running then. */
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

/** The gateway as a process: what is killed is then really gone, with whatever it had in hand. */
function prepareGateway(environment: Readonly<Record<string, string>>): RestartableServer {
  const url = `http://127.0.0.1:${environment.GATEWAY_PORT}`;
  return restartable({
    url,
    stopSignal: "SIGTERM",
    launch: () => {
      const options = { env: { PATH: process.env.PATH, ...environment } };
      return startServer({ name: "the gateway", command: process.execPath, args: [gatewayProgram], options });
    },
    // Any answer will do: what is behind it may be away. The fault port listens last.
    probe: async () => {
      await fetch(`http://127.0.0.1:${environment.GATEWAY_FAULT_PORT}/faults`);
    },
  });
}

/** Runs `use` with a connection past the gateway, as somebody else would read the mirror. */
export async function withRedis<T>(
  { redis }: SoakServers,
  use: (client: RedisConnection) => Promise<T>,
): Promise<T> {
  const client = createClient({ url: redis.url });
  client.on("error", () => {}); // what is asked meanwhile rejects with the same
  await client.connect();
  try {
    return await use(client);
  } finally {
    client.destroy();
  }
}
