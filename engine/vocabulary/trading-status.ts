/**
 * What an instrument accepts at the moment.
 *
 * | status | orders | cancels |
 * |---|---|---|
 * | `trading` | all | yes |
 * | `post_only` | those that would not take | yes |
 * | `cancel_only`, `halted` | none | yes |
 * | `auction` | limit orders, which collect without matching; stops that wait | yes |
 */
export const TRADING_STATUSES = ["trading", "post_only", "cancel_only", "halted", "auction"] as const;
export type TradingStatus = (typeof TRADING_STATUSES)[number];

/** Why the status changed. */
export const STATUS_REASONS = ["operator", "volatility", "halt_ended", "auction_ended"] as const;
export type StatusReason = (typeof STATUS_REASONS)[number];

/** Whether the book is kept uncrossed: bids are below asks at any time. */
export function isContinuous(status: TradingStatus): boolean {
  return status === "trading" || status === "post_only";
}
