import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll } from "vitest";
import { ROOT } from "../../../host/build.ts";

/** A program of the project in its own process group, with its output by lines. */
export class Program {
  readonly lines: string[] = [];
  readonly ended: Promise<number | string>;
  readonly #child: ChildProcess;
  #wake: () => void = () => {};

  /** @param env replaces or extends this process's environment. Undefined removes a variable. */
  constructor(command: readonly string[], env: Readonly<Record<string, string | undefined>>, cwd = ROOT) {
    const [file = "", ...args] = command;
    this.#child = spawn(file, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on("line", (line) => {
        this.lines.push(line);
        this.#wake();
      });
    }
    this.ended = once(this.#child, "close").then(([code, signal]) => (code ?? signal) as number | string);
    void this.ended.then(() => this.#wake());
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get output(): string {
    return this.lines.join("\n");
  }

  /** Waits for a line of output. @throws if the program ends before, with its output. */
  async line(pattern: RegExp): Promise<RegExpExecArray> {
    let isEnded = false;
    void this.ended.then(() => {
      isEnded = true;
    });
    for (;;) {
      for (const line of this.lines) {
        const match = pattern.exec(line);
        if (match !== null) return match;
      }
      if (isEnded) throw new Error(`ended before a line ${pattern}:\n${this.output}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Sends a signal to the program alone, and waits for its end. */
  stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number | string> {
    this.#child.kill(signal);
    return this.ended;
  }

  /** Sends SIGINT to the whole group, as Ctrl-C in a terminal does, and waits for the program's end. */
  interrupt(): Promise<number | string> {
    if (this.#child.pid !== undefined) process.kill(-this.#child.pid, "SIGINT");
    return this.ended;
  }

  /** Kills whatever is left of the program and its children. */
  killGroup(): void {
    try {
      if (this.#child.pid !== undefined) process.kill(-this.#child.pid, "SIGKILL");
    } catch {
      // Nothing is left.
    }
  }
}

/** Two edges, however many cores the machine has. */
const EDGES = "2";

/** Runs `npm start` without npm, which would intercept the signals. */
export function start(env: Readonly<Record<string, string>>): Program {
  return new Program([process.execPath, join(ROOT, "host", "start.ts")], { EDGES, ...env });
}

/** Runs `npm start` in a folder with a file `.dev.vars`, by the command of package.json. */
export function startIn(folder: string, env: Readonly<Record<string, string>>): Program {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const [, ...args] = scripts.start
    .split(" ")
    .map((part: string) => (part.endsWith(".ts") ? join(ROOT, part) : part));
  return new Program([process.execPath, ...args], { EDGES, ...env }, folder);
}

const temporaryFolders: string[] = [];
// The first hook of a test file runs last: every user of a folder has ended by then.
afterAll(() => {
  for (const folder of temporaryFolders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A new folder that is removed after all tests of the file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "edgebook-"));
  temporaryFolders.push(folder);
  return folder;
}
