/** The number of relays of each level. The last level serves subscribers. Empty: there are no relays. */
export type RelayLevels = readonly number[];

/**
 * The place of a relay: its level, from 1, its index in the level, from 0, and the region of its subscribers.
 */
export interface RelayPlace {
  readonly level: number;
  readonly index: number;
  readonly region: string;
}

/** One level of four. */
const LEVELS_DEFAULT = "4";
const RELAYS_MAX = 10_000;

/** Parses the levels from their variable, such as `2,16`; `0` is none. @throws with the broken rule. */
export function relayLevels(text: string = LEVELS_DEFAULT): RelayLevels {
  if (text === "0") return [];
  const levels = text.split(",").map(Number);
  const isValid = levels.every((count) => Number.isInteger(count) && count >= 1 && count <= RELAYS_MAX);
  if (!isValid) throw new Error(`STREAM_RELAYS must be counts such as "4" or "2,16", but is "${text}"`);
  return levels;
}

/** The default number of subscribers that an instrument serves itself. */
const DIRECT_DEFAULT = 1_000;

/** Parses the number of connections that an instrument accepts before it refers public ones to relays. */
export function directMax(text: string | undefined): number {
  const count = Number(text ?? DIRECT_DEFAULT);
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw new Error(`STREAM_DIRECT_MAX must be a whole number, but is "${text}"`);
}

/** Parses the address of a relay host's venue from its variable. @throws with the broken rule. */
export function upstreamOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isOrigin = url !== undefined && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`;
  if (isOrigin) return url.origin;
  throw new Error('STREAM_UPSTREAM must be an address such as "https://venue.example", without a path');
}

/** The region of the relays of upper levels, which serve other relays. */
const CORE = "core";

/** The relay that a relay follows; undefined if it follows the instrument itself. */
export function upstreamOf({ level, index }: RelayPlace, levels: RelayLevels): RelayPlace | undefined {
  const count = levels[level - 2];
  return count === undefined ? undefined : { level: level - 1, index: index % count, region: CORE };
}

/** The relay of the last level that serves a subscriber. @param draw from 0 to 1. */
export function placeFor(region: string, draw: number, levels: RelayLevels): RelayPlace {
  const index = Math.floor(draw * (levels.at(-1) ?? 1));
  return { level: Math.max(1, levels.length), index, region };
}

/** Its unique name. */
export function placeText({ level, index, region }: RelayPlace): string {
  return `${region}/${level}.${index}`;
}

export function readPlace(text: string): RelayPlace {
  const [region = CORE, numbers = ""] = text.split("/");
  const [level = 1, index = 0] = numbers.split(".").map(Number);
  return { level, index, region };
}
