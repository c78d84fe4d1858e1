import { randomBytes } from "node:crypto";
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
  /** Told once, where the database itself breaks down. */
  log?: (line: string) => void;
}

export interface EmbeddedPostgres {
  /** `postgres://postgres:PASSWORD@127.0.0.1:port/postgres`, for any Postgres client. A secret: it has the password. */
  url: string;
  /** Ends all sessions (open transactions roll back), then the database. Safe to call twice. */
  close(): Promise<void>;
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
  const { dataFolder } = options;
  const name = `the embedded database in ${dataFolder}`;
  // Two processes on the same embedded database destroy it without a word.
  const lock = dataFolder === undefined ? undefined : await lockFolder(resolve(dataFolder), name);
  const unlock = () => lock?.release();
  if (dataFolder !== undefined) makePrivateFolder(dataFolder);
  let database: PGlite | undefined;
  try {
    database = dataFolder === undefined ? await PGlite.create() : await openSound(dataFolder);
    return await serve(database, unlock, options);
  } catch (cause) {
    await database?.close();
    unlock();
    throw cause;
  }
}

async function serve(
  database: PGlite,
  unlock: () => void,
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const { port = 0, idleInTransactionMilliseconds = 30_000, log = () => {} } = options;
  const password = options.password ?? randomBytes(24).toString("base64url");
  const sessions = new Set<EmbeddedSession>();
  const sockets = new Set<Socket>();
  let broken = false;
  const shared: SharedConnection = {
    database,
    turn: new Turn(),
    isAuthorized: (user, given) => isSameSecret(given, password) && user === USER,
    idleInTransactionMilliseconds,
    onBreakdown: (cause) => {
      if (!broken)
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
  let closing: Promise<void> | undefined;
  const shutDown = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    await Promise.all([...sessions].map((session) => session.end()));
    await closed;
    if (!broken) await database.close();
    unlock();
  };
  const { port: ownPort } = server.address() as AddressInfo;
  return {
    url: `postgres://${USER}:${encodeURIComponent(password)}@127.0.0.1:${ownPort}/postgres`,
    close: () => {
      closing ??= shutDown();
      return closing;
    },
  };
}
