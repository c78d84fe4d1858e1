import type { IncomingMessage, ServerResponse } from "node:http";
import { beginEmbeddedPostgres, type WaitingPostgres } from "./embedded/server.ts";
import { answerWithFault } from "./fault-answer.ts";
import { startFaultPort } from "./fault-port.ts";
import { FaultRegistry, type Faults } from "./faults.ts";
import {
  type Answer,
  HttpError,
  jsonAnswer,
  type Listening,
  listen,
  messageOf,
  readBody,
  send,
} from "./http.ts";
import { serveSql } from "./neon-http.ts";
import { openWebSocketPipe } from "./neon-websocket.ts";
import { openPostgres, type PostgresBackend } from "./postgres-backend.ts";
import type { RedisBackend } from "./redis-backend.ts";
import { type RedisPath, redisPaths, serveRedis } from "./redis-rest.ts";
import type { GatewayOptions } from "./settings.ts";

const bodyLimitBytes = 64 * 1024 * 1024;
const poolConnections = 10;

export interface Gateway {
  /** `http://host:port`, without a slash at the end: the Upstash URL; `${url}/sql` is Neon's fetch endpoint. */
  url: string;
  port: number;
  /** The URL of the database for direct connections of a Postgres client. */
  databaseUrl: string;
  faults: Faults;
  /** The root of the fault control API (`/faults`); null if no port was configured. */
  faultUrl: string | null;
  /** Cuts all connections, then closes the backends. It is safe to call this twice. */
  close(): Promise<void>;
}

/** A gateway that listens before its backends are open. Statements wait. */
export interface WaitingGateway extends Gateway {
  /** Whether this process creates the embedded database, because there was none. */
  readonly isNew: boolean;
  /**
   * Opens the embedded database, and serves the waiting requests.
   * @param prepare called with the database's address before any request is served.
   * @throws the error of opening or preparing it. Waiting requests fail with the same error.
   */
  open(prepare?: (databaseUrl: string) => Promise<void>): Promise<void>;
}

interface Backends {
  postgres: PostgresBackend;
  redis: { backend: RedisBackend; token: string } | null;
}

/** What a request is served from. */
interface Context extends Backends {
  faults: FaultRegistry;
  /** Aborted when the gateway closes. */
  closing: AbortSignal;
  log: (line: string) => void;
}

type Cleanup = () => Promise<void> | void;

/**
 * Starts a gateway: Neon's HTTP (`POST /sql`) and WebSocket (`/v2`) protocols over Postgres or PGlite,
 * Upstash's REST (`/`, `/pipeline`, `/multi-exec`) over Redis, and `GET /healthz`. A backend may be
 * unavailable at the start or later: requests then fail, and succeed again when it is back. Throws if a port
 * is taken or the embedded database cannot be opened.
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const gateway = await beginGateway(options);
  try {
    await gateway.open();
    return gateway;
  } catch (cause) {
    await gateway.close();
    throw cause;
  }
}

/** Starts a gateway whose embedded database is not open yet. */
export async function beginGateway(options: GatewayOptions): Promise<WaitingGateway> {
  const cleanups: Cleanup[] = [];
  try {
    return await begin(options, cleanups);
  } catch (cause) {
    await runInReverse(cleanups);
    throw cause;
  }
}

async function begin(options: GatewayOptions, cleanups: Cleanup[]): Promise<WaitingGateway> {
  const { host = "127.0.0.1", port = 0, log = () => {} } = options;
  const faults = new FaultRegistry();
  const embedded = await embeddedDatabase(options, log);
  if (embedded !== null) cleanups.push(embedded.close);
  const databaseUrl = "url" in options.postgres ? options.postgres.url : (embedded?.url ?? "");
  const opened = Promise.withResolvers<void>();
  opened.promise.catch(() => {}); // `open` throws the same error
  const connections = embedded === null ? poolConnections : 1;
  const postgres = waitFor(opened.promise, openPostgres({ url: databaseUrl, connections, log }));
  cleanups.push(postgres.close, () => opened.reject(new Error("the gateway was closed")));
  const redis = options.redis ? await connectRedis(options.redis, log) : null;
  if (redis !== null) cleanups.push(redis.backend.close);

  const closing = new AbortController();
  const context = { postgres, redis, faults, closing: closing.signal, log };
  const listening = await listen((request, response) => void handle(request, response, context), host, port);
  const webSockets = openWebSocketPipe(postgres.url, faults, log);
  listening.server.on("upgrade", webSockets.upgrade);
  cleanups.push(listening.close, webSockets.close, () => closing.abort());
  const faultPort = await optionalFaultPort(faults, host, options.faultPort);
  if (faultPort !== null) cleanups.push(faultPort.close);

  let closed: Promise<void> | undefined;
  return {
    url: `http://${urlHost(host)}:${listening.port}`,
    port: listening.port,
    databaseUrl,
    faults,
    faultUrl: faultPort === null ? null : `http://${urlHost(host)}:${faultPort.port}`,
    isNew: embedded?.isNew ?? false,
    open: async (prepare) => {
      try {
        await embedded?.open();
        await prepare?.(databaseUrl);
        opened.resolve();
      } catch (cause) {
        opened.reject(cause);
        throw cause;
      }
    },
    close: () => {
      closed ??= runInReverse(cleanups);
      return closed;
    },
  };
}

async function embeddedDatabase(
  { postgres }: GatewayOptions,
  log: (line: string) => void,
): Promise<WaitingPostgres | null> {
  return "url" in postgres ? null : beginEmbeddedPostgres({ ...postgres.embedded, log });
}

async function connectRedis(
  { url, token }: NonNullable<GatewayOptions["redis"]>,
  log: (line: string) => void,
): Promise<NonNullable<Backends["redis"]>> {
  // Loaded here, since the venue's own gateway has no Redis and its client takes a tenth of a second to load.
  const { openRedis } = await import("./redis-connection.ts");
  return { backend: await openRedis(url, log), token };
}

/** Makes every statement wait until the database is open. */
function waitFor(opened: Promise<void>, postgres: PostgresBackend): PostgresBackend {
  return {
    ...postgres,
    runOne: (statement) => opened.then(() => postgres.runOne(statement)),
    runBatch: (statements, transaction) => opened.then(() => postgres.runBatch(statements, transaction)),
    check: () => opened.then(() => postgres.check()),
  };
}

async function optionalFaultPort(
  faults: Faults,
  host: string,
  port: number | undefined,
): Promise<Listening | null> {
  return port === undefined ? null : startFaultPort(faults, host, port);
}

async function runInReverse(cleanups: Cleanup[]): Promise<void> {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
}

async function handle(request: IncomingMessage, response: ServerResponse, context: Context): Promise<void> {
  try {
    await route(request, response, context);
  } catch (caught) {
    // The client is gone, or the gateway is closing.
    if (response.headersSent || response.destroyed) return void response.destroy();
    const message = messageOf(caught);
    if (!(caught instanceof HttpError)) context.log(`${request.method} ${request.url} failed: ${message}`);
    send(
      response,
      jsonAnswer(caught instanceof HttpError ? caught.status : 500, { message, error: message }),
    );
  }
}

async function route(request: IncomingMessage, response: ServerResponse, context: Context): Promise<void> {
  const { faults, closing } = context;
  const { pathname } = new URL(request.url ?? "/", "http://localhost");
  if (request.method === "GET" && pathname === "/healthz") return send(response, await health(context));
  const redisPath = redisPaths.find((path): path is RedisPath => path === pathname);
  if (pathname !== "/sql" && redisPath === undefined)
    throw new HttpError(404, `there is nothing at ${pathname}`);
  if (request.method !== "POST") throw new HttpError(405, "use POST");
  const body = await readBody(request, bodyLimitBytes);
  const { headers } = request;
  const fault = faults.draw({ target: redisPath === undefined ? "postgres" : "redis", body });
  return answerWithFault(response, fault, closing, () =>
    redisPath === undefined
      ? serveSql(context.postgres, headers, body)
      : serveRedis(context.redis, redisPath, headers, body),
  );
}

/** 200 if every configured backend answers, otherwise 503 with the reason. */
async function health({ postgres, redis }: Backends): Promise<Answer> {
  const state = async (check: () => Promise<void>) =>
    check().then(
      () => ({ ok: true }),
      (caught: unknown) => ({ ok: false, error: messageOf(caught) }),
    );
  const [postgresState, redisState] = await Promise.all([
    state(() => postgres.check()),
    redis === null ? null : state(() => redis.backend.check()),
  ]);
  const ok = postgresState.ok && (redisState?.ok ?? true);
  return jsonAnswer(ok ? 200 : 503, { ok, postgres: postgresState, redis: redisState ?? "not configured" });
}

function urlHost(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}
