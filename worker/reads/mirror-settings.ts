import { READ_SOURCES } from "../../protocol/market-data.ts";

const MIRROR_AGE_MS_MAX_DEFAULT = 5_000;

interface MirrorVariables {
  readonly READ_SOURCE?: string;
  readonly MIRROR_AGE_MS_MAX?: string;
}

/** How public reads use the mirror. */
export interface MirrorSettings {
  /** Whether the mirror answers reads that name no source. */
  readonly isDefault: boolean;
  readonly ageMsMax: number;
}

/**
 * Reads the settings from their variables. An empty variable counts as not set. @throws with the invalid
 * variable.
 */
export function readMirrorSettings({ READ_SOURCE, MIRROR_AGE_MS_MAX }: MirrorVariables): MirrorSettings {
  const source = READ_SOURCE || "engine";
  if (!READ_SOURCES.some((each) => each === source)) {
    throw new Error(`READ_SOURCE must be ${READ_SOURCES.join(" or ")}, but is "${source}"`);
  }
  const age = MIRROR_AGE_MS_MAX || String(MIRROR_AGE_MS_MAX_DEFAULT);
  if (!/^[1-9]\d{0,14}$/.test(age)) {
    throw new Error(`MIRROR_AGE_MS_MAX must be a number of milliseconds above 0, but is "${age}"`);
  }
  return { isDefault: source === "mirror", ageMsMax: Number(age) };
}
