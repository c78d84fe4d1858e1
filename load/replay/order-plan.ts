import type { Message, Side } from "./lobster-file.ts";

/** An order that the file names without ever introducing it: it was there before the file began. */
export interface UnknownOrder {
  readonly number: number;
  readonly side: Side;
  readonly price: number;
  /** Everything that the file later takes from it. */
  lots: number;
}

/** What the file will say about its orders, read before the replay. */
export interface OrderPlan {
  /** The sizes of an order's partial cancels by its number, in order. */
  readonly partialCancels: ReadonlyMap<number, readonly number[]>;
  /** In the order of their first mention in the file. */
  readonly unknownOrders: readonly UnknownOrder[];
}

/** Reads the messages in advance. */
export function planOrders(messages: readonly Message[]): OrderPlan {
  const partialCancels = new Map<number, number[]>();
  const introduced = new Set<number>();
  const unknown = new Map<number, UnknownOrder>();
  for (const { type, number, lots, side, price } of messages) {
    if (type === "new") introduced.add(number);
    if (type !== "partial_cancel" && type !== "delete" && type !== "execution") continue;
    if (type === "partial_cancel") {
      const sizes = partialCancels.get(number) ?? [];
      partialCancels.set(number, sizes);
      sizes.push(lots);
    }
    if (introduced.has(number)) continue;
    const order = unknown.get(number) ?? { number, side, price, lots: 0 };
    unknown.set(number, order);
    order.lots += lots;
  }
  return { partialCancels, unknownOrders: [...unknown.values()] };
}

/**
 * The sizes of the venue's consecutive orders that represent one order of the file.
 *
 * A partial cancel shrinks an order where it stands. The replay uses no amendments, and the ways around them
 * are not equal:
 *
 * - Cancel the order and place the rest: it goes to the back of its level, and every order that came after it
 *   is now wrongly in front.
 * - Trade the cancelled size away with a marketable order: that hits the front of the level, whichever order
 *   that is, and is a trade that never happened.
 * - Cancel the order and all behind it and place them again in turn: the result is right, but none of those
 *   orders keeps the place that the venue gave it, so the replay would prove less.
 * - Place the order, from the start, as the part that stays and the parts that will be cancelled, one after
 *   the other. Nothing can come between them, so every order before and behind stands where the exchange has
 *   it, and a partial cancel is the cancel of one whole part.
 *
 * The replay does the last. The part that stays comes first, because the exchange never executes more of the
 * order than that part, and executions take from the front. This requires reading the file in advance, and it
 * is exact.
 */
export function splitOrder(lots: number, partialCancels: readonly number[] = []): number[] {
  const cancelled = partialCancels.reduce((sum, size) => sum + size, 0);
  // A file that cancels more than there is cannot be split. The replay reports it where it happens.
  if (cancelled > lots) return [lots];
  const parts = partialCancels.toReversed();
  return cancelled === lots ? parts : [lots - cancelled, ...parts];
}
