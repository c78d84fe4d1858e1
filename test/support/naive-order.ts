import type { OpenOrder } from "../../engine/book/snapshot.ts";
import type { PlaceTermsCommand } from "../../engine/vocabulary/command.ts";
import type { OrderTerms } from "../../engine/vocabulary/terms.ts";
import { BUY, type Side } from "../../engine/vocabulary/units.ts";

export type NaiveOrder = { -readonly [Field in keyof OpenOrder]: OpenOrder[Field] };

/** An order in flight in the oracle: an open order that is on no side yet. */
export type Incoming = NaiveOrder & { budget?: number | undefined; hasTraded?: boolean };

/** A stop's reaction to a trade: it is reached or, if it trails, it moves. */
export function followTrade(stop: NaiveOrder, priceTicks: number): void {
  if (stop.isReached) return;
  const isTrailing = stop.terms?.stopPriceTicks === undefined;
  if (!isTrailing || stop.anchorTicks !== undefined) {
    const at = stopPriceOf(stop);
    stop.isReached = stop.side === BUY ? priceTicks >= at : priceTicks <= at;
  }
  if (!isTrailing || stop.isReached) return;
  const best = stop.side === BUY ? Math.min : Math.max;
  stop.anchorTicks = best(stop.anchorTicks ?? priceTicks, priceTicks);
}

/** The price of a stop. A trailing stop has followed at least one trade. */
export function stopPriceOf({ side, terms = {}, anchorTicks = 0 }: NaiveOrder): number {
  if (terms.stopPriceTicks !== undefined) return terms.stopPriceTicks;
  const behind = terms.trailTicks ?? Math.max(1, part(anchorTicks, terms.trailBasisPoints ?? 0));
  return side === BUY ? anchorTicks + behind : anchorTicks - behind;
}

/** A number of basis points of an amount, rounded down. */
export function part(amount: number, basisPoints: number): number {
  return Number((BigInt(amount) * BigInt(basisPoints)) / 10_000n);
}

/** Whether price `a` is strictly better than price `b` for resting on `side`. */
export function isBetter(side: Side, a: number, b: number): boolean {
  return side === BUY ? a > b : a < b;
}

/** The price of a resting order. */
export function price(order: NaiveOrder): number {
  if (order.priceTicks === undefined) throw new Error(`order ${order.orderNumber} has no price`);
  return order.priceTicks;
}

/** Whether two orders have the same client, or both state the same group. */
export function areOwn(a: NaiveOrder, b: NaiveOrder): boolean {
  const groups = [a, b].flatMap(({ terms = {} }) => terms.groupNumber ?? []);
  return a.client === b.client || (groups.length === 2 && groups[0] === groups[1]);
}

export function without(terms: OrderTerms = {}, fields: readonly (keyof OrderTerms)[]): OrderTerms {
  return Object.fromEntries(
    Object.entries(terms).filter(([field]) => !fields.some((each) => each === field)),
  );
}

/** The order that a command requests. */
export function incomingOf(
  command: Omit<PlaceTermsCommand, "kind" | "terms"> & { terms?: OrderTerms | undefined },
): Incoming {
  const { client, side, priceTicks, quantityLots, selfTrade = "none", terms } = command;
  return {
    orderNumber: 0,
    client,
    side,
    priceTicks,
    quantityLots,
    remainingLots: quantityLots,
    displayedLots: quantityLots,
    selfTrade,
    terms,
    isWaiting: false,
    anchorTicks: undefined,
    isReached: false,
    budget: terms?.quoteBudget,
  };
}
