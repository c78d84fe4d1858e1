import { styleText } from "node:util";
import { LOG_LEVELS, type LogLevel, logText, readLogLevel } from "../../durable-objects/runtime/log.ts";

/** A destination of lines. */
interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

interface PrinterOptions {
  readonly output?: Output;
  /** The setting LOG_LEVEL, which applies to this process's own lines. */
  readonly level?: string | undefined;
}

/**
 * Prints the log of a venue that this process runs: unchanged, or in short lines for people if the output is
 * a terminal. Lines wait until `release`, so that none appears within a banner.
 */
export class LogPrinter {
  readonly #output: Output;
  readonly #lowest: number;
  #held: string[] | undefined = [];

  constructor({ output = process.stdout, level }: PrinterOptions = {}) {
    this.#output = output;
    this.#lowest = LOG_LEVELS.indexOf(readLogLevel(level));
    // However this process ends, no line is lost.
    process.once("exit", () => this.release());
  }

  /** Prints a line of the venue's log. */
  readonly print = (line: string): void => {
    if (this.#held === undefined)
      this.#output.write(`${this.#output.isTTY === true ? shortLine(line) : line}\n`);
    else this.#held.push(line);
  };

  /** Prints lines that came together. */
  readonly printAll = (lines: readonly string[]): void => {
    if (this.#held !== undefined) this.#held.push(...lines);
    else if (this.#output.isTTY === true) for (const line of lines) this.print(line);
    else this.#output.write(`${lines.join("\n")}\n`);
  };

  /** Logs an event of this process. */
  readonly log = (level: LogLevel, event: string, fields: object): void => {
    if (LOG_LEVELS.indexOf(level) >= this.#lowest) this.print(logText(level, event, fields));
  };

  /** Prints the waiting lines. From now on no line waits. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const line of held) this.print(line);
  }
}

/** A log line for people, in local time. A line that is not a venue's stays unchanged. */
export function shortLine(line: string): string {
  const fields = fieldsOf(line);
  if (fields === undefined) return line;
  const { time, level, event, ...others } = fields;
  const at = styleText("dim", clockTime(String(time)));
  if (event === "request" && level === "info") return `${at} ${requestWords(others)}`;
  const name = level === "info" ? "" : `${styleText(level === "error" ? "red" : "yellow", String(level))} `;
  if (event === "request") return `${at} ${name}${requestWords(others)}`;
  const words = Object.entries(others).map(([key, value]) => `${key}=${wordOf(value)}`);
  return [at, `${name}${event}`, ...words].join(" ");
}

function fieldsOf(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{"time":')) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function requestWords({ method, path, status, duration_ms: ms }: Record<string, unknown>): string {
  return `${wordOf(method)} ${wordOf(path)} ${status} ${ms} ms`;
}

/** A value, unless it contains characters that control a terminal. */
function wordOf(value: unknown): string {
  return typeof value === "string" && !/\p{Cc}/u.test(value) ? value : JSON.stringify(value);
}

function clockTime(time: string): string {
  const date = new Date(time);
  return `${date.toTimeString().slice(0, 8)}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}
