import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";

const heldHere = new Set<string>();

/**
 * Takes a data folder for this process, by a file beside it with the process id: two processes on the same
 * embedded database destroy it without a word. Returns the function that gives it back. Throws where another
 * living process has it; what a dead one left behind is taken over.
 */
export async function lockDataFolder(folder: string): Promise<() => Promise<void>> {
  const path = `${resolve(folder)}.lock`;
  if (heldHere.has(path))
    throw new Error(`the embedded database in ${folder} is already open in this process`);
  heldHere.add(path);
  try {
    await mkdir(dirname(path), { recursive: true });
    await take(path, folder);
  } catch (cause) {
    heldHere.delete(path);
    throw cause;
  }
  return async () => {
    await rm(path, { force: true });
    heldHere.delete(path);
  };
}

async function take(path: string, folder: string): Promise<void> {
  for (;;) {
    try {
      await writeFile(path, `${process.pid}\n`, { flag: "wx" });
      return;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
    }
    const owner = Number.parseInt(await readFile(path, "utf8"), 10);
    // In a container the process before had the same id as this one.
    if (owner !== process.pid && isAlive(owner)) {
      throw new Error(`the embedded database in ${folder} is in use by process ${owner} (${path})`);
    }
    await rm(path, { force: true });
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === "EPERM";
  }
}
