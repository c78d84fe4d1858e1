import type { PriceTicks, QuantityLots } from "./units.ts";

/**
 * The limits that one instrument's engine enforces. All bounds are inclusive. An optional rule is off, and
 * costs nothing, if it is absent. Basis points are whole numbers, at most 10,000.
 */
export interface InstrumentRules {
  readonly minimumPriceTicks: PriceTicks;
  readonly maximumPriceTicks: PriceTicks;
  readonly minimumQuantityLots: QuantityLots;
  readonly maximumQuantityLots: QuantityLots;
  /** The most orders that may rest at once. It bounds the book's memory. */
  readonly maximumRestingOrders: number;
  /** The most open orders of one client, resting or waiting. */
  readonly maximumOpenOrdersPerClient?: number;
  /** The most waiting stops of one client. */
  readonly maximumWaitingStopsPerClient?: number;
  /** The most waiting stops, including trailing stops. Absent: as many as orders may rest. */
  readonly maximumWaitingStops?: number;
  /** The most waiting trailing stops. Each is checked after every trade. Absent: 1,000. */
  readonly maximumTrailingStops?: number;
  /**
   * The most slices that an iceberg may be shown in. An order that sweeps it trades with each of them.
   * Absent: 100.
   */
  readonly maximumIcebergSlices?: number;
  /** The most orders that one order may meet. Its remainder is then cancelled. Absent: 500. */
  readonly maximumFills?: number;
  /** The number of events after which a command leaves the rest for later. Absent: 125. */
  readonly maximumEventsAtOnce?: number;
  /** Price times quantity of a limit order, or the quote budget of a market order, in ticks × lots. */
  readonly minimumNotional?: number;
  readonly maximumNotional?: number;
  /** The reference price before the first trade. */
  readonly referencePriceTicks?: PriceTicks;
  /** The largest distance of a limit price from the reference price. */
  readonly collarBasisPoints?: number;
  /** The largest distance from the reference price at which a market order may trade. */
  readonly protectionBasisPoints?: number;
  /** When trading halts by itself. */
  readonly volatility?: VolatilityRule;
}

/** Trading halts if a trade is further than a share from any trade within the time before it. */
export interface VolatilityRule {
  readonly moveBasisPoints: number;
  readonly windowMs: number;
  /** The duration of the halt. An auction follows. */
  readonly haltMs: number;
  /** The duration of the auction. Then the book is uncrossed and trading continues. */
  readonly auctionMs: number;
}
