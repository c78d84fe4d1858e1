import { renameSync, rmSync } from "node:fs";
import pg from "pg";
import { fillWithEmpty, forgetEmpty } from "./empty-database.ts";
import { DamagedDatabase } from "./gateway/embedded/damage.ts";
import { beginGateway, type WaitingGateway } from "./gateway/gateway.ts";
import { messageOf } from "./gateway/http.ts";
import { migrate } from "./migrate.ts";

/** History in a folder, embedded in this process. */
export interface EmbeddedHistory {
  readonly databaseUrl: string;
  /** Where its gateway is. */
  readonly url: string;
  /** Whether the folder was empty: nothing has ever been shipped there. */
  readonly isNew: boolean;
  /**
   * Opens it and applies the migrations. One that is damaged is set aside, and a new one takes its place. Until then
   * whoever asks it waits.
   * @throws where the machine is in the way.
   */
  open(): Promise<void>;
  /** Call it once `open` has ended, if it was called. */
  close(): Promise<void>;
}

/**
 * Takes the folder, and the ports that history is then reached by.
 * @throws where another process has the folder.
 */
export async function beginEmbeddedHistory(
  folder: string,
  log: (line: string) => void,
): Promise<EmbeddedHistory> {
  const fill = (dataFolder: string) => fillWithEmpty(dataFolder, log);
  let gateway = await beginGateway({ postgres: { embedded: { dataFolder: folder, fill } }, log });
  const { isNew, port, url, databaseUrl } = gateway;
  /** The same addresses lead to whatever takes the place of a damaged one. */
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
        await gateway.close().catch(() => {}); // damaged, it may not end in order either
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

/** Whether Postgres said that it cannot read its own files, or broke down over them. */
function isOfDamage(cause: unknown): boolean {
  if (cause instanceof pg.DatabaseError) return /^(?:XX|58)/.test(cause.code ?? "");
  return messageOf(cause).includes("Connection terminated");
}

/** What was copied into an empty folder is not sound: it is made from nothing then. */
function throwAway(folder: string, { message }: DamagedDatabase, log: (line: string) => void): void {
  rmSync(folder, { recursive: true });
  forgetEmpty();
  log(`The kept copy of an empty database is damaged (${message.split("\n")[0]}); a new one is made.`);
}

/** Keeps a damaged database for whoever can read it, and makes room for a new one: trading does not need it. */
function setAside(folder: string, { message }: DamagedDatabase, log: (line: string) => void): void {
  const time = new Date().toISOString().replace(/[-:]/g, "").replace(/\..*/, "Z");
  const aside = `${folder}.damaged-${time}`;
  renameSync(folder, aside);
  log(
    `The embedded history is damaged (${message.split("\n")[0]}). It was set aside in ${aside}; history begins ` +
      "anew with what the journals hold.",
  );
}
