/** The levels of log lines. The setting `off` drops all lines. */
export const LOG_LEVELS = ["info", "warn", "error", "off"] as const;
type LogSetting = (typeof LOG_LEVELS)[number];
export type LogLevel = Exclude<LogSetting, "off">;

const METHODS = { info: "log", warn: "warn", error: "error" } as const;

/** Writes a finished line. */
type LogOutput = (level: LogLevel, line: string) => void;

const toHost: LogOutput = (level, line) => console[METHODS[level]](line);
let output = toHost;

/** Replaces the host's log as the place where lines are written, or restores it. */
export function setLogOutput(replacement: LogOutput = toHost): void {
  output = replacement;
}

let setting: string | undefined;
let lowest = 0;

/**
 * Parses the setting LOG_LEVEL.
 * @throws with the text, if it is not one of LOG_LEVELS.
 */
export function readLogLevel(text: string | undefined): LogSetting {
  const level = LOG_LEVELS.find((each) => each === (text || "info"));
  if (level === undefined) throw new Error(`LOG_LEVEL must be ${LOG_LEVELS.join(", ")}, but is "${text}"`);
  return level;
}

/** Applies the setting LOG_LEVEL. An invalid setting is logged, and then no line is dropped. */
export function setLogLevel(text: string | undefined): void {
  if (text === setting) return;
  setting = text;
  lowest = 0;
  try {
    lowest = LOG_LEVELS.indexOf(readLogLevel(text));
  } catch (error) {
    log("error", "setting_wrong", { error: String(error) });
  }
}

/** Formats a log line: JSON, with the time in UTC. */
export function logText(level: LogLevel, event: string, fields: object): string {
  return JSON.stringify({ time: new Date().toISOString(), level, event, ...fields });
}

/** Writes a line to the host's log, unless the setting drops it. */
export function log(level: LogLevel, event: string, fields: object): void {
  if (LOG_LEVELS.indexOf(level) >= lowest) output(level, logText(level, event, fields));
}
