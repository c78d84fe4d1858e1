/**
 * Why a command was rejected, in precedence order: if several reasons apply, the first is returned. A
 * rejected command changes nothing and has no event.
 */
export const REJECT_REASONS = [
  "trading_halted",
  "cancel_only",
  "order_not_resting",
  "terms_invalid",
  "too_many_slices",
  "price_below_minimum",
  "price_above_maximum",
  "stop_price_below_minimum",
  "stop_price_above_maximum",
  "quantity_below_minimum",
  "quantity_above_maximum",
  "notional_below_minimum",
  "notional_above_maximum",
  "expiry_passed",
  "price_outside_collar",
  "order_linked",
  "not_in_auction",
  "book_full",
  "too_many_open_orders",
  "too_many_waiting_stops",
  "stops_full",
  "trailing_stops_full",
  "stop_already_through",
  "would_take",
  "would_not_fill",
  "too_many_changes",
  "work_unfinished",
] as const;

export type RejectReason = (typeof REJECT_REASONS)[number];
