import { writeSync } from "node:fs";
import { setLogOutput } from "../../durable-objects/runtime/log.ts";

/** The longest time that a line waits. */
const JOIN_MS = 100;
/** With this many waiting characters, the lines are written at once. */
const LENGTH_MAX = 64 * 1024;
const STDOUT = 1;

/**
 * Writes the log's lines together, since each write costs as much as many lines. Whatever still waits is
 * written when the process ends.
 */
export function joinLog(): void {
  let text = "";
  let timer: NodeJS.Timeout | undefined;
  const write = () => {
    clearTimeout(timer);
    timer = undefined;
    const whole = text;
    text = "";
    if (whole !== "") process.stdout.write(whole);
  };
  setLogOutput((_level, line) => {
    text += `${line}\n`;
    if (text.length >= LENGTH_MAX) write();
    else timer ??= setTimeout(write, JOIN_MS);
  });
  process.once("exit", () => {
    if (text !== "") writeSync(STDOUT, text);
  });
}
