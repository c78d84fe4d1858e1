import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type FolderLock, lockFolder } from "./tools/folder-lock.ts";
import { configFileOf } from "./venue.ts";

/** A workerd whose parent was killed is killed immediately; see `endWithParent`. */
const END_MS_MAX = 5_000;
const LOOK_MS = 20;

/**
 * Takes a venue's data folder for this process. Two venues on the same journals destroy them, whatever
 * database they ship to.
 * @throws if another process has the folder, or a workerd that it left behind still writes there.
 */
export function lockVenue(dataFolder: string): Promise<FolderLock> {
  return lockFolder(join(dataFolder, "venue"), `the data folder ${dataFolder}`, {
    inspect: async (idsBefore) => {
      const deadlineMs = performance.now() + END_MS_MAX;
      for (const pid of idsBefore.slice(1)) {
        while (isWorkerdOf(pid, dataFolder)) {
          if (performance.now() > deadlineMs) {
            throw new Error(
              `the data folder ${dataFolder} is in use by a workerd of an earlier start, process ${pid}`,
            );
          }
          await sleep(LOOK_MS);
        }
      }
    },
  });
}

/**
 * Whether a process is a workerd on this folder. The id of an ended workerd may belong to another process by
 * now.
 */
export function isWorkerdOf(pid: number, dataFolder: string): boolean {
  return commandOf(pid).includes(configFileOf(dataFolder));
}

/** The command line of a process; empty if it has ended. */
function commandOf(pid: number): string {
  if (existsSync("/proc/self/cmdline")) {
    return processFile(`/proc/${pid}/cmdline`);
  }
  try {
    return execFileSync("ps", ["-o", "command=", "-p", String(pid)], { encoding: "utf8" });
  } catch {
    // The command exits with 1 if there is no such process.
    return "";
  }
}

function processFile(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    if (["ENOENT", "ESRCH"].includes((cause as NodeJS.ErrnoException).code ?? "")) return "";
    throw cause;
  }
}
