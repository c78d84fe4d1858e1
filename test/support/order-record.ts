import type { Accepted } from "../../engine/vocabulary/event.ts";
import type { OrderTerms } from "../../engine/vocabulary/terms.ts";
import { BUY, type Side } from "../../engine/vocabulary/units.ts";

/** What events alone reveal about an order. */
export interface OrderRecord {
  readonly accepted: Accepted;
  /** The current quantity, limit and terms. */
  quantityLots: number;
  priceTicks: number | undefined;
  terms: OrderTerms | undefined;
  filledLots: number;
  /** Ticks × lots of its fills. */
  filledNotional: bigint;
  cancelledLots: number;
  /** `taking` occurs only within a command. `filled` and `cancelled` are final. */
  status: "taking" | "resting" | "waiting" | "filled" | "cancelled";
}

/** Whether two orders have the same client, or state the same group. */
export function isSelfTrade({ accepted: a }: OrderRecord, { accepted: b }: OrderRecord): boolean {
  const group = a.terms?.groupNumber;
  return a.client === b.client || (group !== undefined && group === b.terms?.groupNumber);
}

/** The remaining quantity of an order after its fills, or after its end. */
export function remainingLots(order: OrderRecord): number {
  return order.quantityLots - order.filledLots - order.cancelledLots;
}

/** Whether price `a` is strictly better than price `b` for an order that rests on `side`. */
export function isBetter(side: Side, a: number, b: number): boolean {
  return side === BUY ? a > b : a < b;
}

/** Fails the check with the number of the violated invariant. */
export function violated(invariant: number, message: string): never {
  throw new Error(`invariant ${invariant}: ${message}`);
}

/** Fails the check with the number of the invariant, unless the condition holds. */
export function assert(holds: boolean, invariant: number, message: string): asserts holds {
  if (!holds) violated(invariant, message);
}
