import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { LoadResult, LoadTask } from "./generator.ts";

/** Runs the generator in a separate process. */
export async function runGenerator(task: LoadTask): Promise<LoadResult> {
  const generator = fork(join(import.meta.dirname, "generator.ts"));
  generator.send(task);
  const [result] = await once(generator, "message");
  return result as LoadResult;
}

/** The number of BTC-USD's flushes, and of their commands, from `/metrics`. */
export async function readFlushes(url: string): Promise<{ commands: number; count: number }> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const read = (part: string): number => {
    return Number(
      new RegExp(`^edgebook_flush_commands_${part}\\{instrument="BTC-USD"\\} (\\d+)`, "m").exec(text)?.[1],
    );
  };
  return { commands: read("sum"), count: read("count") };
}
