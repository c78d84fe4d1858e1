import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { defaultDataFolder } from "./running-venue.ts";

/** The file of the token that `npm start` generates. Only its user can read it. */
export function adminTokenFile(dataFolder: string): string {
  return join(dataFolder, "admin-token");
}

/** The configured token, or the one in the data folder, which is generated if it does not exist. */
export function ensureAdminToken(dataFolder: string): string {
  const known = readAdminToken(dataFolder);
  if (known !== undefined) return known;
  const token = randomBytes(24).toString("base64url");
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  writeFileSync(adminTokenFile(dataFolder), `${token}\n`, { mode: 0o600 });
  return token;
}

/** The configured token, or the one in the data folder, if there is one. */
export function readAdminToken(dataFolder = defaultDataFolder()): string | undefined {
  if (process.env.ADMIN_TOKEN) return process.env.ADMIN_TOKEN;
  const file = adminTokenFile(dataFolder);
  return existsSync(file) ? readFileSync(file, "utf8").trim() : undefined;
}
