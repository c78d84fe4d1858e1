/**
 * Why a command was refused, in precedence order: where several apply, the first is given.
 * A refused command changes nothing and has no event.
 */
export const REJECT_REASONS = [
  "price_below_minimum",
  "price_above_maximum",
  "quantity_below_minimum",
  "quantity_above_maximum",
  "book_full",
  "order_not_resting",
] as const;

export type RejectReason = (typeof REJECT_REASONS)[number];
