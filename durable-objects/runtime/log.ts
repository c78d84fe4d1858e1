/** What a line of the log may be; `off` as a setting writes none. */
export const LOG_LEVELS = ["info", "warn", "error", "off"] as const;
type LogSetting = (typeof LOG_LEVELS)[number];
export type LogLevel = Exclude<LogSetting, "off">;

const METHODS = { info: "log", warn: "warn", error: "error" } as const;

let setting: string | undefined;
let lowest = 0;

/**
 * The setting LOG_LEVEL.
 * @throws if it is none of LOG_LEVELS, naming it.
 */
export function readLogLevel(text: string | undefined): LogSetting {
  const level = LOG_LEVELS.find((each) => each === (text || "info"));
  if (level === undefined) throw new Error(`LOG_LEVEL must be ${LOG_LEVELS.join(", ")}, but is "${text}"`);
  return level;
}

/** Has lines below the level of a setting left out. One that is wrong is told by the log, of which nothing is left out. */
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

/** A line of the log: JSON, with the time in UTC. */
export function logText(level: LogLevel, event: string, fields: object): string {
  return JSON.stringify({ time: new Date().toISOString(), level, event, ...fields });
}

/** Writes a line to the host's log, unless the setting leaves it out. */
export function log(level: LogLevel, event: string, fields: object): void {
  if (LOG_LEVELS.indexOf(level) >= lowest) console[METHODS[level]](logText(level, event, fields));
}
