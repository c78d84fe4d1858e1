/** The parts of a mirror, in the order of the scripts' keys. */
const PARTS = ["state", "bids", "bids:depth", "asks", "asks:depth", "trades"] as const;

/** The number of newest trades in a mirror. */
export const MIRRORED_TRADES_MAX = 1000;

/**
 * The keys of an instrument's mirror. The braces are a hash tag: a cluster stores keys with the same tag on
 * one node, which a script with several keys requires.
 */
export function mirrorKeys(instrument: string): string[] {
  return PARTS.map((part) => `{${instrument}}:${part}`);
}

/** The keys under which a refill is collected, in the same order, before it replaces the mirror. */
export function fillingKeys(instrument: string): string[] {
  return PARTS.map((part) => `{${instrument}}:filling:${part}`);
}
