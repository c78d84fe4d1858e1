import type { LevelView } from "../../../protocol/market-data.ts";
import { mirrorBook } from "./mirror-answer.ts";
import { mirrorKeys } from "./mirror-keys.ts";
import { READ_BOOK_SCRIPT } from "./mirror-scripts.ts";
import type { RedisClient } from "./redis-client.ts";

/** Levels of each side in one answer, at most about 110 bytes each. */
const PAGE_LEVELS = 4_000;

/** A complete mirror, at one moment. */
export interface WholeMirror {
  readonly epoch: number;
  readonly sequence: number;
  /** The venue that owns it; empty in a mirror from before venue ids existed. */
  readonly owner: string;
  readonly bids: readonly LevelView[];
  readonly asks: readonly LevelView[];
}

/**
 * Reads the mirror page by page. Returns "partial" if it is incomplete, and "moved" if it changed meanwhile.
 */
export async function readWholeMirror(
  redis: RedisClient,
  instrument: string,
): Promise<WholeMirror | "partial" | "moved"> {
  const bids: LevelView[] = [];
  const asks: LevelView[] = [];
  let before: string | undefined;
  for (let first = 0; ; first += PAGE_LEVELS) {
    const range = [PAGE_LEVELS, first].map(String);
    const reply = await redis.read(READ_BOOK_SCRIPT, mirrorKeys(instrument), range);
    if (Array.isArray(reply) && reply.length === 0) return "partial";
    const [epoch, sequence, , , owner, nextBids, nextAsks] = mirrorBook.parse(reply);
    const state = JSON.stringify([epoch, sequence, owner]);
    if (before !== undefined && state !== before) return "moved";
    before = state;
    for (const level of nextBids) bids.push(level);
    for (const level of nextAsks) asks.push(level);
    if (nextBids.length < PAGE_LEVELS && nextAsks.length < PAGE_LEVELS)
      return { epoch, sequence, owner, bids, asks };
  }
}
