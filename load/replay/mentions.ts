import { isOffBook, type Message, type Side } from "./lobster-file.ts";
import type { UnknownOrder } from "./order-plan.ts";

/** An order that later messages name. */
export interface MentionedOrder extends UnknownOrder {
  /** The sizes of its future partial cancels, in order. */
  readonly partialCancels: number[];
}

/** What the messages say about each level, by the index of the message in the file. */
export class Mentions {
  readonly #levels = new Map<string, { readonly index: number; readonly message: Message }[]>();

  constructor(messages: readonly Message[]) {
    for (const [index, message] of messages.entries()) {
      if (isOffBook(message)) continue;
      const key = keyOf(message.side, message.price);
      const level = this.#levels.get(key);
      if (level === undefined) this.#levels.set(key, [{ index, message }]);
      else level.push({ index, message });
    }
  }

  /**
   * The orders at a level that messages after an index take from without introducing them: they are there
   * already. The order is that of their first mention.
   */
  after(index: number, side: Side, price: number): MentionedOrder[] {
    const introduced = new Set<number>();
    const found = new Map<number, MentionedOrder>();
    const level = this.#levels.get(keyOf(side, price)) ?? [];
    for (let at = firstAfter(level, index); at < level.length; at++) {
      const { type, number, lots } = (level[at] as (typeof level)[number]).message;
      if (type === "new") introduced.add(number);
      if (introduced.has(number)) continue;
      const order = found.get(number) ?? { number, side, price, lots: 0, partialCancels: [] };
      found.set(number, order);
      order.lots += lots;
      if (type === "partial_cancel") order.partialCancels.push(lots);
    }
    return [...found.values()];
  }
}

function keyOf(side: Side, price: number): string {
  return `${side} ${price}`;
}

/** The place of the first entry whose index is above another. */
function firstAfter(level: readonly { readonly index: number }[], index: number): number {
  let [low, high] = [0, level.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((level[middle]?.index ?? 0) <= index) low = middle + 1;
    else high = middle;
  }
  return low;
}
