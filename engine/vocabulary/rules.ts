import type { PriceTicks, QuantityLots } from "./units.ts";

/**
 * The limits that one instrument's engine enforces. All bounds are inclusive. What is optional is off, and
 * costs nothing, where it is absent. Basis points are whole numbers, at most 10,000.
 */
export interface InstrumentRules {
  readonly minimumPriceTicks: PriceTicks;
  readonly maximumPriceTicks: PriceTicks;
  readonly minimumQuantityLots: QuantityLots;
  readonly maximumQuantityLots: QuantityLots;
  /** How many orders may rest at once; bounds the book's memory. */
  readonly maximumRestingOrders: number;
  /** How many orders of one client may be open at once, resting or waiting. */
  readonly maximumOpenOrdersPerClient?: number;
  /** How many stops of one client may wait at once. */
  readonly maximumWaitingStopsPerClient?: number;
  /** How many stops may wait, trailing ones included; absent: as many as orders may rest. */
  readonly maximumWaitingStops?: number;
  /** How many trailing stops may wait, each of which is looked at after every trade; absent: 1,000. */
  readonly maximumTrailingStops?: number;
  /** How many slices an iceberg may be shown in: who sweeps it trades with each of them; absent: 100. */
  readonly maximumIcebergSlices?: number;
  /** How many orders one order may meet; what is left of it then is cancelled. Absent: 1,000. */
  readonly maximumFills?: number;
  /** How many events a command causes before it leaves the rest for later. Absent: 1,000. */
  readonly maximumEventsAtOnce?: number;
  /** Price times quantity of a limit order, or a market order's quote budget, in ticks × lots. */
  readonly minimumNotional?: number;
  readonly maximumNotional?: number;
  /** The reference price as long as nothing has traded. */
  readonly referencePriceTicks?: PriceTicks;
  /** How far a limit price may be from the reference price. */
  readonly collarBasisPoints?: number;
  /** How far from the reference price a market order may trade. */
  readonly protectionBasisPoints?: number;
  /** When trading halts by itself. */
  readonly volatility?: VolatilityRule;
}

/** Trading halts when a trade is further than a share away from any trade of the time just before it. */
export interface VolatilityRule {
  readonly moveBasisPoints: number;
  readonly windowMs: number;
  /** How long the halt lasts; then an auction opens. */
  readonly haltMs: number;
  /** How long the auction collects; then the book is uncrossed and trading goes on. */
  readonly auctionMs: number;
}
