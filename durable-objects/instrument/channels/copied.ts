import { copyLevels, copyQueues, type Queues } from "../../../engine/book/book-copy.ts";
import type { CopyMemory } from "../../../engine/book/copy-memory.ts";
import { NONE } from "../../../engine/book/integer-map.ts";
import { BUY, SELL, type Side } from "../../../engine/vocabulary/units.ts";
import { formatSteps } from "../../../protocol/decimal.ts";
import type { InstrumentSpec } from "../../../protocol/instrument-spec.ts";
import type { CopiedList } from "../../feed/shared-beginning.ts";
import { levelTexts } from "../../records/book-view.ts";
import type { FeedSource } from "./source.ts";

/** The number of levels. */
export function levelCount({ book }: FeedSource): number {
  return book.side(BUY).levelCount + book.side(SELL).levelCount;
}

/** Every current level, best first, formatted when it is needed. */
export function copiedLevels({ spec, book }: FeedSource, memory: CopyMemory | undefined): CopiedList[] {
  const copy = memory === undefined ? book : copyLevels(book, memory);
  return [BUY, SELL].map((side) => ({
    name: nameOf(side),
    texts: () => levelTexts(spec, copy, side),
  }));
}

/** Every resting order, in the order of its queue, formatted when it is needed. */
export function copiedQueues({ spec, book }: FeedSource, memory: CopyMemory | undefined): CopiedList[] {
  const copy = memory === undefined ? book : copyQueues(book, memory);
  return [BUY, SELL].map((side) => ({
    name: nameOf(side),
    texts: () => queueTexts(spec, copy, side),
  }));
}

function* queueTexts(spec: InstrumentSpec, book: Queues, side: Side): Generator<string> {
  const { orders } = book;
  const levels = book.side(side);
  for (let level = levels.best; level !== NONE; level = levels.worse(level)) {
    const price = formatSteps(levels.priceTicks(level), spec.tick);
    for (let slot = levels.front(level); slot !== NONE; slot = orders.next(slot)) {
      const quantity = formatSteps(orders.shownLots(slot), spec.lot);
      yield `{"order":${orders.orderNumber(slot)},"price":"${price}","quantity":"${quantity}"}`;
    }
  }
}

function nameOf(side: Side): string {
  return side === BUY ? "bids" : "asks";
}
