import type { CandleInterval } from "../../protocol/candle-interval.ts";
import type { TradeView } from "../../protocol/market-data.ts";
import type { OrderIdentity } from "../../protocol/order-id.ts";
import type { Answer } from "./answer.ts";
import type { CallLine } from "./call.ts";
import type { MetricsReading } from "./readings.ts";

/** What an operator does to an instrument, besides looking at its status. */
export const OPERATIONS = ["freeze", "unfreeze", "verify", "release"] as const;
export type Operation = (typeof OPERATIONS)[number] | "status" | "rebuild" | "rebuild_discarding";

/** What is asked about an instrument's market. */
export type AnalyticsQuery =
  | { readonly kind: "ticker" }
  | { readonly kind: "market"; readonly minutes: number }
  | { readonly kind: "client"; readonly clientId: string }
  | {
      readonly kind: "candles";
      readonly interval: CandleInterval;
      readonly fromMs: number;
      readonly toMs: number;
    };

/** Which of a client's open orders. */
export interface OpenOrdersPage {
  readonly clientId: string;
  readonly limit: number;
  /** Only orders older than the one of this id. */
  readonly before: string | undefined;
}

/** Which trades of an order. */
export interface OrderTradesRange {
  readonly orderNumber: number;
  readonly limit: number;
  /** Only trades before the one of this number. */
  readonly before: number;
  /** Only trades up to this sequence, and after that one. */
  readonly through: number;
  readonly after: number;
}

/** What the journal tells of an order's trades. */
export interface HeldOrderTrades {
  /** Newest first. */
  readonly trades: TradeView[];
  /** There are no others after this sequence; it is that of the oldest where the limit was reached. */
  readonly completeAfter: number;
}

/** What an instrument answers about an order's trades. */
export interface HeldOrderTradesAnswer extends HeldOrderTrades {
  readonly epoch: number;
  readonly sequence: number;
  /** Whether the order itself is stored. */
  readonly isHeld: boolean;
}

/** The live book held against the journal: equal hashes are what "nothing lost" means. */
export interface Verification {
  readonly sequence: number;
  readonly liveHash: string;
  readonly foldHash: string;
  readonly restoredHash: string;
}

/** What may be asked of an instrument's object; what is a string is JSON. A WebSocket comes by `fetch`. */
export interface InstrumentCalls extends Rpc.DurableObjectBranded {
  /**
   * Does what a request asks. Returns the answer once what it did is written; if the object fails first this
   * throws, and the outcome is unknown until asked for.
   * @param commands how many commands the request holds.
   */
  submit(line: CallLine, commands?: number): Promise<Answer> | Answer;
  readBook(levels: number): string;
  readTrades(limit: number, before?: number): string;
  /** With a range, what is held of the order's trades: a `HeldOrderTradesAnswer`. */
  readOrder(identity: OrderIdentity, tradesRange?: Omit<OrderTradesRange, "orderNumber">): Answer;
  readOpenOrders(page: OpenOrdersPage): string;
  readByClientOrderId(clientId: string, clientOrderId: string): Answer;
  readStatus(): string;
  readAnalytics(query: AnalyticsQuery): string;
  /** Counters are stored before they are shown: no restart takes any of it back. */
  readMetrics(): MetricsReading;
  /** The same, after Postgres was asked whether the instrument is new where that is still to be known. */
  readHealth(): Promise<MetricsReading>;
  /** Brings the mirror up to date, or back, soon: a reader found it old, or not there. */
  refreshMirror(): void;
  /** Rebuilds the book twice, from the journal and from the orders, beside the live one. */
  verify(): Promise<Verification>;
  /** Does what an operator asks; the worker has checked that it is one. @param adopted the venue a rebuild takes over. */
  operate(operation: Operation, adopted?: string): Promise<Answer>;
  /** Ends all of a client's orders after so many seconds, unless it is called again; zero takes that back. */
  cancelAfter(clientId: string, seconds: number): Answer;
  /** What `alarm` does, called in its place while the host's clock is behind. */
  ring(): Promise<void>;
}

/** What may be asked of the object that keeps the venue's id. */
export interface IdentityCalls extends Rpc.DurableObjectBranded {
  /** The venue's id, made when it is first asked for. */
  venueId(): string;
}
