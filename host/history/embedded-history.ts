import { renameSync, rmSync } from "node:fs";
import pg from "pg";
import { DamagedDatabase } from "../../dev/gateway/embedded/damage.ts";
import { beginGateway, type WaitingGateway } from "../../dev/gateway/gateway.ts";
import { messageOf } from "../../dev/gateway/http.ts";
import { fillWithEmpty, forgetEmpty } from "./empty-database.ts";
import { migrate } from "./migrate.ts";

/** The history database in a folder, embedded in this process. */
export interface EmbeddedHistory {
  readonly databaseUrl: string;
  /** The address of its gateway. */
  readonly url: string;
  /** Whether the folder was empty, so that nothing was ever shipped there. */
  readonly isNew: boolean;
  /**
   * Opens the database and applies the migrations. A damaged database is set aside, and replaced by a new
   * one. Until then, requests wait.
   * @throws if the machine prevents it.
   */
  open(): Promise<void>;
  /** Call this once `open` has ended, if it was called. */
  close(): Promise<void>;
}

/**
 * Takes the folder, and the ports at which history is then reached.
 * @throws if another process has the folder.
 */
export async function beginEmbeddedHistory(
  folder: string,
  log: (line: string) => void,
): Promise<EmbeddedHistory> {
  const fill = (dataFolder: string) => fillWithEmpty(dataFolder, log);
  let gateway = await beginGateway({ postgres: { embedded: { dataFolder: folder, fill } }, log });
  const { isNew, port, url, databaseUrl } = gateway;
  /** The same addresses then lead to the database that replaces a damaged one. */
  const beginAgain = () => {
    const { port: own, password } = new URL(databaseUrl);
    const embedded = { dataFolder: folder, port: Number(own), password: decodeURIComponent(password) };
    return beginGateway({ port, postgres: { embedded }, log });
  };
  return {
    databaseUrl,
    url,
    isNew,
    open: async () => {
      try {
        await openSound(gateway);
      } catch (cause) {
        if (!(cause instanceof DamagedDatabase)) throw cause;
        await gateway.close().catch(() => {}); // a damaged database may fail to close
        if (isNew) throwAway(folder, cause, log);
        else setAside(folder, cause, log);
        gateway = await beginAgain();
        await openSound(gateway);
      }
    },
    close: () => gateway.close(),
  };
}

async function openSound(gateway: WaitingGateway): Promise<void> {
  try {
    await gateway.open(async (databaseUrl) => void (await migrate(databaseUrl)));
  } catch (cause) {
    throw isOfDamage(cause) ? new DamagedDatabase(messageOf(cause), { cause }) : cause;
  }
}

/** Whether Postgres reported that it cannot read its own files, or crashed on them. */
function isOfDamage(cause: unknown): boolean {
  if (cause instanceof pg.DatabaseError) return /^(?:XX|58)/.test(cause.code ?? "");
  return messageOf(cause).includes("Connection terminated");
}

/** Removes a damaged copy of the empty database. The database is then made from scratch. */
function throwAway(folder: string, { message }: DamagedDatabase, log: (line: string) => void): void {
  rmSync(folder, { recursive: true });
  forgetEmpty();
  log(`The kept copy of an empty database is damaged (${message.split("\n")[0]}). It is made again.`);
}

/**
 * Keeps a damaged database for a later repair, and makes room for a new one. Trading does not depend on it.
 */
function setAside(folder: string, { message }: DamagedDatabase, log: (line: string) => void): void {
  const time = new Date().toISOString().replace(/[-:]/g, "").replace(/\..*/, "Z");
  const aside = `${folder}.damaged-${time}`;
  renameSync(folder, aside);
  log(
    `The embedded history is damaged (${message.split("\n")[0]}). It was moved to ${aside}. History begins ` +
      "again with the events in the journals.",
  );
}
