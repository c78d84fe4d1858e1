import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";

const SQLITE_BUSY = 5;
/**
 * A holder records its id immediately after it gets the lock. The record of an earlier holder does not count.
 */
const HOLDER_MS_MAX = 2_000;
const LOOK_MS = 50;

interface LockOptions {
  /** Called with the ids that the previous holder recorded. If it throws, the lock is released. */
  readonly inspect?: (idsBefore: readonly number[]) => Promise<void>;
  /** How long to wait for another process to release the lock. Default: 0. */
  readonly waitMsMax?: number | undefined;
}

export interface FolderLock {
  /** Records the id of a process that works in the folder for the holder. */
  note(pid: number): void;
  /** Releases the lock. It is safe to call this twice. */
  release(): void;
}

/**
 * Takes a lock for this process until it releases the lock or ends, in whatever way. The lock is the
 * operating system's, on an SQLite file, so nothing stays behind that another process would have to remove.
 * The files `PATH.lock.db` and `PATH.pid` stay.
 * @param what names the locked resource in messages.
 * @throws if another process has the lock, with its id.
 */
export async function lockFolder(
  path: string,
  what: string,
  { inspect = async () => {}, waitMsMax = 0 }: LockOptions = {},
): Promise<FolderLock> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const [lockFile, pidFile] = [`${path}.lock.db`, `${path}.pid`];
  closeSync(openSync(lockFile, "a", 0o600));
  const database = new DatabaseSync(lockFile, { timeout: 0 });
  try {
    const deadlineMs = performance.now() + waitMsMax;
    while (!tryToTake(database)) {
      if (performance.now() >= deadlineMs)
        throw new Error(`${what} is in use by ${await livingHolder(pidFile)} (lock: ${lockFile})`);
      await sleep(LOOK_MS);
    }
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

/** Takes the lock, unless another process has it. */
function tryToTake(database: DatabaseSync): boolean {
  try {
    // Nothing is ever written, so no journal file is needed.
    database.exec("PRAGMA journal_mode = memory; BEGIN IMMEDIATE");
    return true;
  } catch (cause) {
    if ((cause as { errcode?: number }).errcode !== SQLITE_BUSY) throw cause;
    return false;
  }
}

/** Describes the holder of a lock. A process that has just taken it may not have recorded its id yet. */
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
