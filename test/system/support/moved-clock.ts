import { execFileSync, spawnSync } from "node:child_process";
import { closeSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";

/** CI has a compiler, or fails. Elsewhere, tests that move the clock are skipped without one. */
export const CAN_MOVE_CLOCK: boolean =
  process.env.REQUIRE_SERVICES === "1" || spawnSync("cc", ["--version"]).status === 0;

/** The wall clock of a process that a test starts and sets. Its monotonic clock stays true. */
export class MovedClock {
  /** The variables that the process needs. */
  readonly environment: Readonly<Record<string, string>>;
  readonly #file: number;

  /** @param folder an empty folder for the compiled library. */
  constructor(folder: string) {
    const library = join(folder, "moved-clock.so");
    const source = join(import.meta.dirname, "moved-clock.c");
    execFileSync("cc", ["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", library, source, "-ldl"]);
    const path = join(folder, "moved-by");
    writeFileSync(path, new Uint8Array(8));
    this.#file = openSync(path, "r+");
    this.environment = { LD_PRELOAD: library, MOVED_CLOCK_FILE: path };
  }

  /** Sets the clock to this offset from the true time, at once. A negative offset is in the past. */
  moveTo(seconds: number): void {
    writeSync(this.#file, new BigInt64Array([BigInt(seconds) * 1_000_000_000n]), 0, 8, 0);
  }

  close(): void {
    closeSync(this.#file);
  }
}
