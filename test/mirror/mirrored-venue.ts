import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "@redis/client";
import { type Gateway, startGateway } from "../../dev/gateway/gateway.ts";
import type { PostgresSource } from "../../dev/gateway/settings.ts";
import { prepareRedis } from "../../dev/stack/redis-server.ts";
import type { RestartableServer } from "../../dev/stack/restartable-server.ts";
import { startVenue, type VenueProcess } from "../../host/venue.ts";
import { freePort } from "../support/free-port.ts";
import { HttpClient } from "../system/support/http-client.ts";

export const TOKEN = "a token of the tests";
const NO_POSTGRES = { url: "postgres://nobody:nothing@127.0.0.1:1/none" };

/** Why the test cannot start its own Redis; null if it can. With REQUIRE_SERVICES=1 it throws instead. */
export async function redisServerReason(): Promise<string | null> {
  try {
    await prepareRedis({ folder: "", port: 0 });
    return null;
  } catch (cause) {
    if (process.env.REQUIRE_SERVICES === "1") throw cause;
    return String(cause);
  }
}

/** The test's own empty Redis, behind its own gateway. */
export class MirrorServers {
  readonly folder = mkdtempSync(join(tmpdir(), "edgebook-mirror-"));
  server!: RestartableServer;
  gateway!: Gateway;

  async start(postgres: PostgresSource = NO_POSTGRES): Promise<void> {
    this.server = await prepareRedis({ folder: join(this.folder, "redis"), port: await freePort() });
    await this.server.start();
    this.gateway = await startGateway({ postgres, redis: { url: this.server.url, token: TOKEN } });
  }

  /** A direct connection to Redis, as another program would read the mirror. */
  async connect() {
    const client = createClient({ url: this.server.url });
    client.on("error", () => {}); // commands fail with the same error
    await client.connect();
    return client;
  }

  async stop(): Promise<void> {
    await this.gateway?.close();
    await this.server?.stop();
    rmSync(this.folder, { recursive: true });
  }
}

export type RedisConnection = Awaited<ReturnType<MirrorServers["connect"]>>;

/** A venue on workerd that mirrors into `servers`. */
export class MirroredVenue {
  readonly #servers: MirrorServers;
  readonly #vars: Readonly<Record<string, string>>;
  readonly #folder: string;
  /** The lines of its log. */
  readonly log: string[] = [];
  #venue!: VenueProcess;
  http!: HttpClient;

  /** @param folder the name of its data folder, within the servers' folder. */
  constructor(servers: MirrorServers, vars: Readonly<Record<string, string>> = {}, folder = "venue") {
    this.#servers = servers;
    this.#vars = vars;
    this.#folder = folder;
  }

  get url(): string {
    return this.#venue.url;
  }

  async start(): Promise<void> {
    const dataFolder = join(this.#servers.folder, this.#folder);
    const vars = {
      UPSTASH_REDIS_REST_URL: this.#servers.gateway.url,
      UPSTASH_REDIS_REST_TOKEN: TOKEN,
      ...this.#vars,
    };
    this.#venue = await startVenue({ dataFolder, vars, onLog: (line) => this.log.push(line) });
    this.http = new HttpClient(this.#venue.url, 32);
  }

  async stop(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    this.http?.close();
    await this.#venue?.stop(signal);
  }

  async read(path: string) {
    const { status, body } = await this.http.get(path);
    if (status !== 200) throw new Error(`${path} is answered ${status}: ${body}`);
    return JSON.parse(body);
  }
}

/** Waits until `attempt` passes; throws its last error after `limitMs`. */
export async function eventually<T>(attempt: () => Promise<T>, limitMs = 20_000): Promise<T> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    try {
      return await attempt();
    } catch (cause) {
      if (performance.now() > deadline) throw cause;
    }
    await sleep(50);
  }
}
