import { existsSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import * as z from "zod";
import { ROOT } from "./build.ts";
import { writeSecretFile } from "./private-files.ts";
import { isWorkerdOf } from "./venue-lock.ts";

const runningVenue = z.object({
  /** Where it is reached from this machine. */
  url: z.url(),
  /** The process id of its workerd. */
  pid: z.int(),
  admin_token: z.string(),
});

/** How a venue on this machine is reached. */
export type RunningVenue = z.infer<typeof runningVenue>;

/** The data folder of `npm start`. */
export function defaultDataFolder(): string {
  return resolve(process.env.DATA_DIR ?? join(ROOT, ".data", "venue"));
}

/** Writes down in its data folder how a venue that has started is reached, for its user alone. */
export function noteRunning(dataFolder: string, venue: RunningVenue): void {
  writeSecretFile(fileOf(dataFolder), JSON.stringify(venue));
}

/** Takes that back. */
export function noteEnded(dataFolder: string): void {
  rmSync(fileOf(dataFolder), { force: true });
}

/** The venue that runs in a data folder; undefined where none does, whatever one that was killed has left there. */
export function readRunning(dataFolder = defaultDataFolder()): RunningVenue | undefined {
  if (!existsSync(fileOf(dataFolder))) return undefined;
  const venue = runningVenue.parse(JSON.parse(readFileSync(fileOf(dataFolder), "utf8")));
  return isWorkerdOf(venue.pid, dataFolder) ? venue : undefined;
}

/**
 * The address of the venue that a tool is for: the one that is given, or else that of PORT, or else of the venue that
 * runs in the data folder, or else where `npm start` has it unless told.
 * @throws where the one that is given, or PORT, is none.
 */
export function venueUrl(given: string | undefined): string {
  if (given !== undefined) return checkedUrl(given);
  return namedUrl() ?? "http://localhost:3000";
}

/** The same without the last; undefined then. */
export function namedUrl(): string | undefined {
  const { PORT = "" } = process.env;
  if (PORT !== "" && !(/^\d{1,5}$/.test(PORT) && Number(PORT) <= 65_535))
    throw new Error(`PORT must be a port number, but is "${PORT}"`);
  return Number(PORT) > 0 ? `http://localhost:${PORT}` : readRunning()?.url;
}

function checkedUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new Error(`--url must be an address such as http://localhost:3000, but is "${text}"`);
  return text.replace(/\/+$/, "");
}

function fileOf(dataFolder: string): string {
  return join(dataFolder, "running.json");
}
