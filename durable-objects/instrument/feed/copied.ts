import { NONE } from "../../../engine/integer-map.ts";
import { BUY, SELL, type Side } from "../../../engine/units.ts";
import { formatSteps } from "../../../protocol/decimal.ts";
import type { CopiedList } from "../../feed/shared-beginning.ts";
import { levelView } from "../book-view.ts";
import type { FeedSource } from "./source.ts";

/** Every level as it is now, best first, written when it is needed. */
export function copiedLevels({ spec, book }: FeedSource): CopiedList[] {
  return [BUY, SELL].map((side) => {
    const levels = [...book.levels(side, Number.POSITIVE_INFINITY)];
    const textAt = (index: number) => {
      const level = levels[index];
      return level === undefined ? "" : JSON.stringify(levelView(spec, level));
    };
    return { name: side === BUY ? "bids" : "asks", length: levels.length, textAt };
  });
}

/** Every resting order as it is now, in the order of its queue, written when it is needed. */
export function copiedQueues(source: FeedSource): CopiedList[] {
  return [copiedQueue(source, BUY, "bids"), copiedQueue(source, SELL, "asks")];
}

function copiedQueue({ spec, book }: FeedSource, side: Side, name: string): CopiedList {
  const levels = book.side(side);
  const [orders, prices, quantities]: [number[], number[], number[]] = [[], [], []];
  for (let level = levels.best; level !== NONE; level = levels.worse(level)) {
    const priceTicks = levels.priceTicks(level);
    for (let slot = levels.front(level); slot !== NONE; slot = book.orders.next(slot)) {
      orders.push(book.orders.orderNumber(slot));
      prices.push(priceTicks);
      quantities.push(book.orders.remainingLots(slot));
    }
  }
  const textAt = (index: number) => {
    const price = formatSteps(prices[index] ?? 0, spec.tick);
    const quantity = formatSteps(quantities[index] ?? 0, spec.lot);
    return `{"order":${orders[index]},"price":"${price}","quantity":"${quantity}"}`;
  };
  return { name, length: orders.length, textAt };
}
