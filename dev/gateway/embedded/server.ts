import { randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { resolve } from "node:path";
import type { PGlite } from "@electric-sql/pglite";
import { lockFolder } from "../../../host/tools/folder-lock.ts";
import { makePrivateFolder } from "../../../host/tools/private-files.ts";
import { isSameSecret } from "../secret.ts";
import { type CareOptions, Caretaker } from "./caretaker.ts";
import { fatalError } from "./client-frames.ts";
import { openSound } from "./damage.ts";
import { EmbeddedSession, type SharedConnection } from "./session.ts";
import { Turn } from "./turn.ts";

const USER = "postgres";

export interface EmbeddedPostgresOptions {
  /** The folder of the data. Without it the database is in memory and is lost at `close`. */
  dataFolder?: string | undefined;
  /** The password of the user `postgres`. Default: a long random one, new at each start. */
  password?: string | undefined;
  /** The loopback port of the server. Default: a free port. */
  port?: number;
  /** How long a session may be idle in a transaction, in milliseconds. Default: 30,000. */
  idleInTransactionMilliseconds?: number;
  /** Called with an empty and locked data folder before it is opened. It may put a database there. */
  fill?: ((dataFolder: string) => Promise<void>) | undefined;
  /** The initial content of a database in memory, from PGlite's `dumpDataDir`. Making one takes seconds. */
  image?: Blob | undefined;
  /** Default: the usual limits. */
  care?: CareOptions | undefined;
  /** How long to wait for another process to release the data folder, in milliseconds. Default: 0. */
  lockMillisecondsMax?: number | undefined;
  /** Called once if the database itself crashes. It then serves nobody until it is begun again. */
  onCrash?: ((cause: unknown) => void) | undefined;
  /** Called once if the database itself crashes. */
  log?: (line: string) => void;
}

export interface EmbeddedPostgres {
  /**
   * `postgres://postgres:PASSWORD@127.0.0.1:port/postgres`, for any Postgres client. It is a secret, since it
   * contains the password.
   */
  url: string;
  /** Ends all sessions, whose transactions roll back, then the database. It is safe to call this twice. */
  close(): Promise<void>;
}

/** A server that listens before its database is open. Clients wait. */
export interface WaitingPostgres extends EmbeddedPostgres {
  /** Whether the data folder was empty, so that this process creates the database. */
  readonly isNew: boolean;
  /**
   * Opens the database. It is safe to call this twice.
   * @throws `DamagedDatabase` if the database in the data folder is damaged.
   */
  open(): Promise<void>;
}

/**
 * Starts PGlite, which is Postgres compiled to WebAssembly, and serves it on a loopback port in Postgres's
 * own protocol. All connections share one session of the database: settings, temporary tables, names of
 * prepared statements and advisory locks are common to them. They take turns, transaction by transaction.
 * Throws if another process uses the data folder, and `DamagedDatabase` if the database is damaged.
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions = {},
): Promise<EmbeddedPostgres> {
  const embedded = await beginEmbeddedPostgres(options);
  try {
    await embedded.open();
    return embedded;
  } catch (cause) {
    await embedded.close();
    throw cause;
  }
}

/**
 * Starts the server without its database: it listens, and has the data folder. Throws if another process uses
 * the data folder.
 */
export async function beginEmbeddedPostgres(options: EmbeddedPostgresOptions = {}): Promise<WaitingPostgres> {
  const { dataFolder } = options;
  const name = `the embedded database in ${dataFolder}`;
  // Two processes on the same embedded database destroy it silently.
  const lock =
    dataFolder === undefined
      ? undefined
      : await lockFolder(resolve(dataFolder), name, { waitMsMax: options.lockMillisecondsMax });
  const unlock = () => lock?.release();
  try {
    if (dataFolder !== undefined) makePrivateFolder(dataFolder);
    const isNew = dataFolder === undefined || readdirSync(dataFolder).length === 0;
    return await serve(isNew, unlock, options);
  } catch (cause) {
    unlock();
    throw cause;
  }
}

async function openDatabase(
  { dataFolder, fill, image }: EmbeddedPostgresOptions,
  isNew: boolean,
): Promise<PGlite> {
  if (dataFolder === undefined) {
    const { PGlite } = await import("@electric-sql/pglite");
    const { MEMORY_PARAMETERS: startParams } = await import("./durable-folder.ts");
    return PGlite.create({ startParams, ...(image && { loadDataDir: image }) });
  }
  if (isNew) await fill?.(dataFolder);
  return openSound(dataFolder);
}

async function serve(
  isNew: boolean,
  unlock: () => void,
  options: EmbeddedPostgresOptions,
): Promise<WaitingPostgres> {
  const { port = 0, idleInTransactionMilliseconds = 30_000, log = () => {}, onCrash = () => {} } = options;
  const password = options.password ?? randomBytes(24).toString("base64url");
  const sessions = new Set<EmbeddedSession>();
  const sockets = new Set<Socket>();
  const opened = Promise.withResolvers<PGlite>();
  opened.promise.catch(() => {}); // `open` throws the same error
  let broken = false;
  let closing: Promise<void> | undefined;
  const shared: SharedConnection = {
    database: opened.promise,
    turn: new Turn(),
    isAuthorized: (user, given) => isSameSecret(given, password) && user === USER,
    idleInTransactionMilliseconds,
    onBreakdown: (cause) => {
      const isFirst = !broken && closing === undefined;
      broken = true;
      // The client whose statement it was still gets the reason.
      for (const socket of sockets) socket.destroySoon();
      if (!isFirst) return;
      log(`the embedded database crashed: ${cause instanceof Error ? cause.message : String(cause)}`);
      onCrash(cause);
    },
    isBroken: () => broken,
  };
  const server = createServer((socket) => {
    if (broken) {
      socket.end(fatalError("58000", "the embedded database crashed; restart it"));
      return;
    }
    const session = new EmbeddedSession(socket, shared);
    sessions.add(session);
    sockets.add(socket);
    socket.once("close", () => {
      sockets.delete(socket);
      void session.end().then(() => sessions.delete(session));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  let opening: Promise<void> | undefined;
  let caretaker: Caretaker | undefined;
  const open = async () => {
    try {
      const database = await openDatabase(options, isNew);
      opened.resolve(database);
      if (closing === undefined) caretaker = new Caretaker({ ...shared, database, log }, options.care);
    } catch (cause) {
      opened.reject(cause);
      throw cause;
    }
  };
  const shutDown = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    if (opening === undefined)
      opened.reject(new Error("the embedded database was closed before it was open"));
    const database = await opened.promise.catch(() => undefined);
    await Promise.all([...sessions].map((session) => session.end()));
    await caretaker?.end();
    await closed;
    if (!broken) await database?.close();
    unlock();
  };
  const { port: ownPort } = server.address() as AddressInfo;
  return {
    url: `postgres://${USER}:${encodeURIComponent(password)}@127.0.0.1:${ownPort}/postgres`,
    isNew,
    open: () => {
      opening ??= open();
      return opening;
    },
    close: () => {
      closing ??= shutDown();
      return closing;
    },
  };
}
