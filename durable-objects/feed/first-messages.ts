import type { QueuedOrder } from "../../protocol/feed-message.ts";

/** With how many of the newest trades a channel begins. */
export const FIRST_TRADES_MAX = 50;
/** How many orders one part of a snapshot has, some 700 kB. */
const PART_ORDERS_MAX = 10_000;

/**
 * The messages that begin the `orders` channel, in as many parts as there must be.
 * @param head what each of them says in front.
 * @param bids in the order in which they trade, as are the asks.
 */
export function ordersSnapshotTexts(
  head: object,
  bids: readonly QueuedOrder[],
  asks: readonly QueuedOrder[],
  checksum: number,
): string[] {
  const parts = Math.max(1, Math.ceil((bids.length + asks.length) / PART_ORDERS_MAX));
  return Array.from({ length: parts }, (_, index) => {
    const [from, to] = [index * PART_ORDERS_MAX, (index + 1) * PART_ORDERS_MAX];
    return JSON.stringify({
      ...{ ...head, part: index + 1, parts },
      bids: bids.slice(from, to),
      asks: asks.slice(Math.max(0, from - bids.length), Math.max(0, to - bids.length)),
      checksum,
    });
  });
}
