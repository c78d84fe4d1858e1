import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, expect, test } from "vitest";
import { lockFolder } from "../../host/tools/folder-lock.ts";

const PROGRAM = `
  import { lockFolder } from ${JSON.stringify(join(import.meta.dirname, "..", "..", "host", "tools", "folder-lock.ts"))};
  try {
    await lockFolder(process.argv[1], "it");
    console.log("taken");
    setInterval(() => {}, 1_000);
  } catch (error) {
    console.log(error.message);
  }`;
const ROUNDS = 3;
const CONTENDERS = 4;

const folder = mkdtempSync(join(tmpdir(), "edgebook-lock-"));
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A process that tries to take the lock, with its first line of output. */
async function contend(path: string) {
  const args = ["--input-type=module", "--eval", PROGRAM, path];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  const [said] = await once(createInterface({ input: child.stdout }), "line");
  return { child, said: String(said) };
}

test("one of many processes gets the lock, and if it is killed, exactly one of the next does", async () => {
  const path = join(folder, "contended");
  for (let round = 0; round < ROUNDS; round++) {
    const outcomes = await Promise.all(Array.from({ length: CONTENDERS }, () => contend(path)));
    const [holder, ...others] = outcomes.filter(({ said }) => said === "taken");
    if (holder === undefined) throw new Error(`no process has the lock: ${outcomes.map(({ said }) => said)}`);
    expect(others).toEqual([]);
    for (const { said } of outcomes.filter((outcome) => outcome !== holder)) {
      expect(said).toBe(`it is in use by process ${holder.child.pid} (lock: ${path}.lock.db)`);
    }
    holder.child.kill("SIGKILL");
    await once(holder.child, "exit");
  }
});

test("the lock is released, and the next holder reads the recorded ids and may decline", async () => {
  const path = join(folder, "noted");
  const first = await lockFolder(path, "it");
  first.note(4_194_305);
  first.release();
  first.release();
  const decline = lockFolder(path, "it", {
    inspect: async (ids) => {
      throw new Error(`before: ${ids}`);
    },
  });
  await expect(decline).rejects.toThrow(`before: ${process.pid},4194305`);
  const noted: (readonly number[])[] = [];
  const second = await lockFolder(path, "it", { inspect: async (ids) => void noted.push(ids) });
  expect(noted).toEqual([[process.pid, 4_194_305]]);
  second.release();
});

test("a process may wait for the lock, and not for longer than it says", async () => {
  const path = join(folder, "awaited");
  const holder = await lockFolder(path, "it");
  await expect(lockFolder(path, "it", { waitMsMax: 100 })).rejects.toThrow(
    `in use by process ${process.pid}`,
  );
  const waiting = lockFolder(path, "it", { waitMsMax: 60_000 });
  expect(await Promise.race([waiting, sleep(200, "waits")])).toBe("waits");
  holder.release();
  (await waiting).release();
});
