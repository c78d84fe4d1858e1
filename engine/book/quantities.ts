import type { OrderTerms } from "../vocabulary/terms.ts";
import type { OrderBook } from "./order-book.ts";
import type { OrderExtras } from "./order-extras.ts";

/** Shows the next slice of an iceberg whose displayed slice is used up, at the back of its level. */
export function replenish(book: OrderBook, slot: number): void {
  const { orders } = book;
  const extras = book.knownExtras(slot);
  const hidden = extras.hiddenLots;
  const shown = Math.min(extras.terms.displayLots ?? hidden, hidden);
  const levels = book.side(orders.side(slot));
  const priceTicks = book.priceTicks(slot);
  const [previous, next] = [orders.previous(slot), orders.next(slot)];
  requeue(book, slot, shown, hidden - shown, () => levels.append(slot, priceTicks));
  if (book.undo.isOn)
    book.undo.add(() =>
      requeue(book, slot, 0, hidden, () => levels.relink(slot, priceTicks, previous, next)),
    );
}

function requeue(book: OrderBook, slot: number, shown: number, hidden: number, queue: () => void): void {
  const extras = book.knownExtras(slot);
  const levels = book.side(book.orders.side(slot));
  levels.addHidden(slot, -extras.hiddenLots);
  levels.unlink(slot);
  book.orders.setShownLots(slot, shown);
  extras.hiddenLots = hidden;
  queue();
  levels.addHidden(slot, hidden);
}

/**
 * Changes the quantity of a resting order by a number of lots. Only an iceberg may grow: it hides the
 * addition.
 */
export function resize(book: OrderBook, slot: number, lots: number): void {
  if (lots <= 0) {
    lower(book, slot, -lots);
    return;
  }
  shrink(book, slot, -lots, 0);
  if (book.undo.isOn) book.undo.add(() => shrink(book, slot, lots, 0));
}

/** Reduces the quantity of a resting order, which keeps its place. Hidden lots go first. */
export function lower(book: OrderBook, slot: number, lots: number): void {
  const hidden = Math.min(lots, book.extras(slot)?.hiddenLots ?? 0);
  shrink(book, slot, hidden, lots - hidden);
  if (book.undo.isOn) book.undo.add(() => shrink(book, slot, -hidden, hidden - lots));
}

function shrink(book: OrderBook, slot: number, hidden: number, shown: number): void {
  const { orders } = book;
  const levels = book.side(orders.side(slot));
  orders.setQuantityLots(slot, orders.quantityLots(slot) - hidden - shown);
  levels.reduce(slot, shown);
  if (hidden === 0) return;
  book.knownExtras(slot).hiddenLots -= hidden;
  levels.addHidden(slot, -hidden);
}

/** Changes the terms of a waiting stop. If its stop price changes, it no longer counts as reached. */
export function rearm(
  book: OrderBook,
  slot: number,
  priceTicks: number | undefined,
  quantityLots: number,
  terms: OrderTerms,
): void {
  const old = { ...book.knownExtras(slot) };
  const oldLots = book.orders.quantityLots(slot);
  const isReached = old.isReached && terms.stopPriceTicks === old.terms.stopPriceTicks;
  refile(book, slot, quantityLots, { ...old, priceTicks, terms, isReached });
  if (book.undo.isOn) book.undo.add(() => refile(book, slot, oldLots, old));
}

/** Files a waiting stop under its new terms. */
function refile(book: OrderBook, slot: number, quantityLots: number, extras: OrderExtras): void {
  const { orders, stops } = book;
  stops.remove(slot);
  Object.assign(book.knownExtras(slot), extras);
  orders.setQuantityLots(slot, quantityLots);
  orders.setShownLots(slot, quantityLots);
  stops.add(slot);
}
