import type { Accepted } from "../../engine/vocabulary/event.ts";
import type { OrderTerms } from "../../engine/vocabulary/terms.ts";
import { BUY, type Side } from "../../engine/vocabulary/units.ts";

/** What is known of an order from events alone. */
export interface OrderRecord {
  readonly accepted: Accepted;
  /** The quantity, limit and terms as they are now. */
  quantityLots: number;
  priceTicks: number | undefined;
  terms: OrderTerms | undefined;
  filledLots: number;
  /** Ticks × lots of its fills. */
  filledNotional: bigint;
  cancelledLots: number;
  /** `taking` only within a command; `filled` and `cancelled` never change again. */
  status: "taking" | "resting" | "waiting" | "filled" | "cancelled";
}

/** Whether two orders are of one client, or state one group. */
export function isSelfTrade({ accepted: a }: OrderRecord, { accepted: b }: OrderRecord): boolean {
  const group = a.terms?.groupNumber;
  return a.client === b.client || (group !== undefined && group === b.terms?.groupNumber);
}

/** What an order has left after its fills, or after its end. */
export function remainingLots(order: OrderRecord): number {
  return order.quantityLots - order.filledLots - order.cancelledLots;
}

/** Whether price `a` is strictly better than price `b` for an order that rests on `side`. */
export function isBetter(side: Side, a: number, b: number): boolean {
  return side === BUY ? a > b : a < b;
}

/** Ends the check with the number of the invariant that does not hold. */
export function violated(invariant: number, message: string): never {
  throw new Error(`invariant ${invariant}: ${message}`);
}

/** The same where something does not hold. */
export function assert(holds: boolean, invariant: number, message: string): asserts holds {
  if (!holds) violated(invariant, message);
}
