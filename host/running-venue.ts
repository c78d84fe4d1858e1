import { existsSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import * as z from "zod";
import { ROOT } from "./build.ts";
import { writeSecretFile } from "./tools/private-files.ts";
import { isWorkerdOf } from "./venue-lock.ts";

const runningVenue = z.object({
  /** The address of the venue on this machine. */
  url: z.url(),
  /** The process id of its workerd. */
  pid: z.int(),
  admin_token: z.string(),
});

/** How to reach a venue on this machine. */
export type RunningVenue = z.infer<typeof runningVenue>;

/** The data folder of `npm start`. */
export function defaultDataFolder(): string {
  return resolve(process.env.DATA_DIR ?? join(ROOT, ".data", "venue"));
}

/** Records in its data folder how to reach a venue that has started. Only its user can read the record. */
export function noteRunning(dataFolder: string, venue: RunningVenue): void {
  writeSecretFile(fileOf(dataFolder), JSON.stringify(venue));
}

/** Removes the record. */
export function noteEnded(dataFolder: string): void {
  rmSync(fileOf(dataFolder), { force: true });
}

/** The venue that runs in a data folder; undefined if none runs, even if a killed venue left a record. */
export function readRunning(dataFolder = defaultDataFolder()): RunningVenue | undefined {
  if (!existsSync(fileOf(dataFolder))) return undefined;
  const venue = runningVenue.parse(JSON.parse(readFileSync(fileOf(dataFolder), "utf8")));
  return isWorkerdOf(venue.pid, dataFolder) ? venue : undefined;
}

/**
 * The address of the venue that a tool uses: the given one, that of PORT, that of the venue that runs in the
 * data folder, or the default of `npm start`.
 * @throws if the given address or PORT is invalid.
 */
export function venueUrl(given: string | undefined): string {
  if (given !== undefined) return checkedUrl(given);
  return namedUrl() ?? "http://localhost:3000";
}

/** The address without the default; undefined if there is no other. */
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
