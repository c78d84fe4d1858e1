import { type BookRow, isOffBook, type Message, type Side } from "./lobster-file.ts";
import type { UnknownOrder } from "./order-plan.ts";

/** An order that a row shows, such as one on the book before the first message. */
export interface SeedOrder {
  /** Undefined for quantity that no message ever names. */
  readonly number: number | undefined;
  readonly side: Side;
  readonly price: number;
  readonly lots: number;
}

/**
 * The book before the first message: row 1, minus the effects of the messages up to the one that made the
 * row. A book row shows the quantity at a price, but not its orders. What the file later takes from orders
 * that it never introduced comes from that quantity.
 *
 * @param isAligned whether every message has a row.
 */
export function seedOrders(
  row: BookRow,
  messages: readonly Message[],
  unknownOrders: readonly UnknownOrder[],
  isAligned: boolean,
): SeedOrder[] {
  const seeded: SeedOrder[] = [];
  const quantities = seedQuantities(row, messages, isAligned);
  for (const side of ["buy", "sell"] as const) {
    for (const [price, lots] of quantities[side]) {
      const here = unknownOrders.filter((order) => order.side === side && order.price === price);
      seeded.push(...claim({ number: undefined, side, price, lots }, here));
    }
  }
  return seeded;
}

function seedQuantities(
  row: BookRow,
  messages: readonly Message[],
  isAligned: boolean,
): Record<Side, Map<number, number>> {
  const quantities = {
    buy: new Map(row.bids.map(({ price, lots }) => [price, lots])),
    sell: new Map(row.asks.map(({ price, lots }) => [price, lots])),
  };
  for (const message of messages) {
    const { type, side, price, lots } = message;
    const isOnBook = !isOffBook(message);
    if (isOnBook) {
      const before = (quantities[side].get(price) ?? 0) + (type === "new" ? -lots : lots);
      quantities[side].set(price, before);
    }
    if (isAligned || !isOnBook || isWithin(row, message)) break;
  }
  return quantities;
}

/** Whether a message's price is within the levels that a row shows on its side. */
function isWithin(row: BookRow, { side, price }: Message): boolean {
  const levels = side === "buy" ? row.bids : row.asks;
  const worst = levels.at(-1);
  if (worst === undefined || levels.length < row.levelsMax) return true;
  return side === "buy" ? price >= worst.price : price <= worst.price;
}

/**
 * Divides a level's quantity among the unknown orders at its price. The order that the file names first has
 * the first claim. The order that the exchange numbered first stands first. Quantity without a claim was
 * never executed, so it stands last.
 */
export function claim(level: SeedOrder, unknownOrders: readonly UnknownOrder[]): SeedOrder[] {
  let unclaimed = level.lots;
  const claimed: (SeedOrder & { number: number })[] = [];
  for (const { number, side, price, lots } of unknownOrders) {
    const taken = Math.min(lots, unclaimed);
    if (taken <= 0) break;
    claimed.push({ number, side, price, lots: taken });
    unclaimed -= taken;
  }
  const inPriority = claimed.sort((a, b) => a.number - b.number);
  return unclaimed > 0 ? [...inPriority, { ...level, lots: unclaimed }] : inPriority;
}
