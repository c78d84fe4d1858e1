import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";

const SQLITE_BUSY = 5;
/** Whoever has a lock tells who it is at once, and who it was before does not count. */
const HOLDER_MS_MAX = 2_000;
const LOOK_MS = 50;

export interface FolderLock {
  /** Notes the id of a process that works in the folder on the holder's behalf. */
  note(pid: number): void;
  /** Gives the lock back. Safe to call twice. */
  release(): void;
}

/**
 * Takes a lock for this process until it gives it back or ends, by whatever end: the lock is the operating
 * system's, on a file of SQLite's, so nothing is left behind that another would have to judge and remove.
 * The files `PATH.lock.db` and `PATH.pid` stay.
 * @param what names what is locked, for messages.
 * @param inspect is called with the ids that the holder before has noted; where it throws, the lock is given back.
 * @throws where somebody has it, with its process id.
 */
export async function lockFolder(
  path: string,
  what: string,
  inspect: (idsBefore: readonly number[]) => Promise<void> = async () => {},
): Promise<FolderLock> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const [lockFile, pidFile] = [`${path}.lock.db`, `${path}.pid`];
  closeSync(openSync(lockFile, "a", 0o600));
  const database = new DatabaseSync(lockFile, { timeout: 0 });
  try {
    // No journal beside it: nothing is ever written.
    database.exec("PRAGMA journal_mode = memory; BEGIN IMMEDIATE");
  } catch (cause) {
    database.close();
    if ((cause as { errcode?: number }).errcode !== SQLITE_BUSY) throw cause;
    const holder = await livingHolder(pidFile);
    throw new Error(`${what} is in use by ${holder} (lock: ${lockFile})`, { cause });
  }
  try {
    await inspect(readIds(pidFile));
  } catch (cause) {
    database.close();
    throw cause;
  }
  const ids = [process.pid];
  const write = () => writeFileSync(pidFile, `${ids.join("\n")}\n`, { mode: 0o600 });
  write();
  return {
    note: (pid) => {
      ids.push(pid);
      write();
    },
    release: () => {
      if (database.isOpen) database.close();
    },
  };
}

/** Who has a lock, in words. One that has just taken it may not have told yet. */
async function livingHolder(pidFile: string): Promise<string> {
  const deadlineMs = performance.now() + HOLDER_MS_MAX;
  while (performance.now() < deadlineMs) {
    const [pid] = readIds(pidFile);
    if (pid !== undefined && isAlive(pid)) return `process ${pid}`;
    await sleep(LOOK_MS);
  }
  return "another process";
}

function readIds(pidFile: string): number[] {
  try {
    const ids = readFileSync(pidFile, "utf8").trim().split("\n").map(Number);
    return ids.filter((id) => Number.isInteger(id) && id > 0);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw cause;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === "EPERM";
  }
}
