import { renameSync, rmSync } from "node:fs";
import pg from "pg";
import { DamagedDatabase } from "../../dev/gateway/embedded/damage.ts";
import { beginGateway, type WaitingGateway } from "../../dev/gateway/gateway.ts";
import { messageOf } from "../../dev/gateway/http.ts";
import { fillWithEmpty, forgetEmpty } from "./empty-database.ts";
import type { HistoryAddresses } from "./history-messages.ts";
import { migrate } from "./migrate.ts";

/**
 * How long another process may keep the folder: the process of history of a venue that was killed closes it
 * first.
 */
const LOCK_MS_MAX = 10_000;

/** The history database in a folder, embedded in a process. */
export interface EmbeddedHistory extends HistoryAddresses {
  /** Whether the folder was empty, so that nothing was ever shipped there. */
  readonly isNew: boolean;
  /**
   * Opens the database and applies the migrations. A damaged database is set aside, and replaced by a new
   * one. Until then, requests wait.
   * @throws if the machine prevents it.
   */
  open(): Promise<void>;
  close(): Promise<void>;
}

interface EmbeddedHistoryOptions {
  /** Default: a new password and free ports. */
  readonly at?: HistoryAddresses | undefined;
  readonly log: (line: string) => void;
  /** Called if the database crashes once it is open. It then serves nobody. */
  readonly onCrash: (cause: unknown) => void;
}

/**
 * Takes the folder, and the ports at which history is then reached.
 * @throws if another process has the folder and keeps it.
 */
export async function beginEmbeddedHistory(
  folder: string,
  { at, log, onCrash }: EmbeddedHistoryOptions,
): Promise<EmbeddedHistory> {
  let isOpen = false;
  const begin = (addresses: HistoryAddresses | undefined) => {
    const embedded = {
      ...(addresses === undefined ? {} : placeOf(addresses)),
      dataFolder: folder,
      fill: (dataFolder: string) => fillWithEmpty(dataFolder, log),
      lockMillisecondsMax: LOCK_MS_MAX,
      // Until it is open, a crash fails the opening.
      onCrash: (cause: unknown) => void (isOpen && onCrash(cause)),
    };
    const port = addresses === undefined ? 0 : Number(new URL(addresses.url).port);
    return beginGateway({ port, postgres: { embedded }, log });
  };
  let gateway = await begin(at);
  const { isNew, url, databaseUrl } = gateway;
  return {
    databaseUrl,
    url,
    isNew,
    open: async () => {
      for (let isLast = false; !isOpen; ) {
        try {
          await openSound(gateway);
          isOpen = true;
        } catch (cause) {
          if (isLast || !(cause instanceof DamagedDatabase)) throw cause;
          await gateway.close().catch(() => {}); // a damaged database may fail to close
          if (gateway.isNew) throwAway(folder, cause, log);
          else setAside(folder, cause, log);
          // A database that was just made is replaced once. If the next is damaged too, the machine is at fault.
          isLast = gateway.isNew;
          // The same addresses then lead to the database that replaces the damaged one.
          gateway = await begin({ databaseUrl, url });
        }
      }
    },
    close: () => gateway.close(),
  };
}

/** The port and the password of the database at an address. */
function placeOf({ databaseUrl }: HistoryAddresses): { port: number; password: string } {
  const { port, password } = new URL(databaseUrl);
  return { port: Number(port), password: decodeURIComponent(password) };
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

/** Removes a damaged copy of the empty database, and the kept one. The next is then made from scratch. */
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
