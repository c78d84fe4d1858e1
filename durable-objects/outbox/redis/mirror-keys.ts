/** The parts of a mirror, in the order in which the scripts take their keys. */
const PARTS = ["state", "bids", "bids:depth", "asks", "asks:depth", "trades"] as const;

/** How many of the newest trades a mirror holds. */
export const MIRRORED_TRADES_MAX = 1000;

/**
 * The keys of an instrument's mirror. The braces are a hash tag: a cluster keeps what is in the same
 * braces on one node, which a script of several keys needs.
 */
export function mirrorKeys(instrument: string): string[] {
  return PARTS.map((part) => `{${instrument}}:${part}`);
}

/** The keys under which a refill is gathered, in the same order, before it takes the mirror's place. */
export function fillingKeys(instrument: string): string[] {
  return PARTS.map((part) => `{${instrument}}:filling:${part}`);
}
