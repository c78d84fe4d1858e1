import { randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { resolve } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { lockFolder } from "../../folder-lock.ts";
import { makePrivateFolder } from "../../private-files.ts";
import { isSameSecret } from "../secret.ts";
import { fatalError } from "./client-frames.ts";
import { openSound } from "./damage.ts";
import { EmbeddedSession, type SharedConnection } from "./session.ts";
import { Turn } from "./turn.ts";

const USER = "postgres";

export interface EmbeddedPostgresOptions {
  /** Folder that keeps the data; without it the database lives in memory and is gone after `close`. */
  dataFolder?: string | undefined;
  /** What clients must give, with the user `postgres`; unless told a long random one, new at each start. */
  password?: string | undefined;
  /** Loopback port of the server; 0 or nothing lets the system choose. */
  port?: number;
  /** How long a session may sit in an open transaction, in milliseconds; 30,000 unless told. */
  idleInTransactionMilliseconds?: number;
  /** Called with an empty data folder, which is locked, before it is opened: it may put a database there. */
  fill?: ((dataFolder: string) => Promise<void>) | undefined;
  /** What a database in memory begins with, as `dumpDataDir` of PGlite gave it; making one takes seconds. */
  image?: Blob | undefined;
  /** Told once, where the database itself breaks down. */
  log?: (line: string) => void;
}

export interface EmbeddedPostgres {
  /** `postgres://postgres:PASSWORD@127.0.0.1:port/postgres`, for any Postgres client. A secret: it has the password. */
  url: string;
  /** Ends all sessions (open transactions roll back), then the database. Safe to call twice. */
  close(): Promise<void>;
}

/** One that listens before its database is open: whoever connects waits. */
export interface WaitingPostgres extends EmbeddedPostgres {
  /** Whether there was nothing in the data folder: the database is made by this process. */
  readonly isNew: boolean;
  /**
   * Opens the database; safe to call twice.
   * @throws `DamagedDatabase` where the data folder has no sound one.
   */
  open(): Promise<void>;
}

/**
 * Starts PGlite, Postgres compiled to WebAssembly, and serves it on a loopback port in Postgres's own protocol.
 * All connections share one session of the database: settings, temporary tables, names of prepared statements
 * and advisory locks are common to them, and they take turns transaction by transaction.
 * Throws where the data folder is in use by another process, and `DamagedDatabase` where it is no sound database.
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
 * The same with its database not open yet: it listens, and has the data folder.
 * Throws where the data folder is in use by another process.
 */
export async function beginEmbeddedPostgres(options: EmbeddedPostgresOptions = {}): Promise<WaitingPostgres> {
  const { dataFolder } = options;
  const name = `the embedded database in ${dataFolder}`;
  // Two processes on the same embedded database destroy it without a word.
  const lock = dataFolder === undefined ? undefined : await lockFolder(resolve(dataFolder), name);
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
  if (dataFolder === undefined) return image ? PGlite.create({ loadDataDir: image }) : PGlite.create();
  if (isNew) await fill?.(dataFolder);
  return openSound(dataFolder);
}

async function serve(
  isNew: boolean,
  unlock: () => void,
  options: EmbeddedPostgresOptions,
): Promise<WaitingPostgres> {
  const { port = 0, idleInTransactionMilliseconds = 30_000, log = () => {} } = options;
  const password = options.password ?? randomBytes(24).toString("base64url");
  const sessions = new Set<EmbeddedSession>();
  const sockets = new Set<Socket>();
  const opened = Promise.withResolvers<PGlite>();
  opened.promise.catch(() => {}); // `open` throws the same
  let broken = false;
  let closing: Promise<void> | undefined;
  const shared: SharedConnection = {
    database: opened.promise,
    turn: new Turn(),
    isAuthorized: (user, given) => isSameSecret(given, password) && user === USER,
    idleInTransactionMilliseconds,
    onBreakdown: (cause) => {
      if (!broken && closing === undefined)
        log(`the embedded database broke down: ${cause instanceof Error ? cause.message : String(cause)}`);
      broken = true;
      for (const socket of sockets) socket.destroy();
    },
  };
  const server = createServer((socket) => {
    if (broken) {
      socket.end(fatalError("58000", "the embedded database broke down; restart it"));
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
  const open = async () => {
    try {
      opened.resolve(await openDatabase(options, isNew));
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
