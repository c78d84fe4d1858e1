import type { Event } from "../../engine/vocabulary/event.ts";
import { notional } from "../../engine/vocabulary/units.ts";

/** Counts and exact sums over a run of events. */
export class Totals {
  orders = 0;
  filled = 0;
  cancelled = 0;
  trades = 0;
  lots = 0n;
  /** Sum of ticks × lots. */
  notional = 0n;

  add(event: Event): void {
    if (event.kind === "accepted") this.orders++;
    if (event.kind === "cancelled") this.cancelled++;
    if (event.kind === "spent") this.filled++;
    if (event.kind !== "traded") return;
    this.trades++;
    this.lots += BigInt(event.quantityLots);
    this.notional += notional(event.priceTicks, event.quantityLots);
    if (event.makerRemainingLots === 0) this.filled++;
    if (event.takerRemainingLots === 0) this.filled++;
  }
}
