import type { CandleInterval } from "../../protocol/candle-interval.ts";
import type { TradeView } from "../../protocol/market-data.ts";
import type { OrderIdentity } from "../../protocol/order-id.ts";
import type { Answer } from "./answer.ts";
import type { CallLine } from "./call.ts";
import type { MetricsReading } from "./readings.ts";

/** The operations of operators on an instrument, besides reading its status. */
export const OPERATIONS = ["freeze", "unfreeze", "verify", "release"] as const;
export type Operation = (typeof OPERATIONS)[number] | "status" | "rebuild" | "rebuild_discarding";

/** A query about an instrument's market. */
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

/** A page of a client's open orders. */
export interface OpenOrdersPage {
  readonly clientId: string;
  readonly limit: number;
  /** Only orders older than the one with this id. */
  readonly before: string | undefined;
}

/** A range of an order's trades. */
export interface OrderTradesRange {
  readonly orderNumber: number;
  readonly limit: number;
  /** Only trades with a lower number. */
  readonly before: number;
  /** Only trades up to this sequence, and after the one below. */
  readonly through: number;
  readonly after: number;
}

/** The trades of an order that the journal has. */
export interface HeldOrderTrades {
  /** Newest first. */
  readonly trades: TradeView[];
  /**
   * There are no others after this sequence. If the limit was reached, it is the sequence of the oldest
   * trade.
   */
  readonly completeAfter: number;
}

/** The answer of an instrument about an order's trades. */
export interface HeldOrderTradesAnswer extends HeldOrderTrades {
  readonly epoch: number;
  readonly sequence: number;
  /** Whether the order itself is stored. */
  readonly isHeld: boolean;
}

/** The comparison of the live book with the journal. Equal hashes mean that nothing is lost. */
export interface Verification {
  readonly sequence: number;
  readonly liveHash: string;
  readonly foldHash: string;
  readonly restoredHash: string;
}

/** The calls of an instrument's object. Strings are JSON. WebSocket connections use `fetch`. */
export interface InstrumentCalls extends Rpc.DurableObjectBranded {
  /**
   * Processes a request, and returns the answer once the result is written. If the object fails first, this
   * throws, and the outcome is unknown.
   * @param commands the number of commands in the request.
   */
  submit(line: CallLine, commands?: number): Promise<Answer> | Answer;
  readBook(levels: number): string;
  readTrades(limit: number, before?: number): string;
  /**
   * With a range, the answer is a `HeldOrderTradesAnswer` with the trades of the order that the journal has.
   */
  readOrder(identity: OrderIdentity, tradesRange?: Omit<OrderTradesRange, "orderNumber">): Answer;
  readOpenOrders(page: OpenOrdersPage): string;
  readByClientOrderId(clientId: string, clientOrderId: string): Answer;
  readStatus(): string;
  readAnalytics(query: AnalyticsQuery): string;
  /** Counters are stored before they are returned, so that no restart takes them back. */
  readMetrics(): MetricsReading;
  /** The metrics. It first asks Postgres whether the instrument is new, if that is still unknown. */
  readHealth(): Promise<MetricsReading>;
  /** Updates or refills the mirror soon. A reader found it out of date or missing. */
  refreshMirror(): void;
  /** Rebuilds the book from the journal and from the orders, and compares both with the live book. */
  verify(): Promise<Verification>;
  /**
   * Carries out an operator's request, which the worker has authenticated. @param adopted the venue whose
   * rows a rebuild takes over.
   */
  operate(operation: Operation, adopted?: string): Promise<Answer>;
  /**
   * Cancels all of a client's orders after a number of seconds, unless the client calls again. Zero removes
   * the timer.
   */
  cancelAfter(clientId: string, seconds: number): Answer;
  /** Runs instead of `alarm` while the host's clock is behind. */
  ring(): Promise<void>;
}

/**
 * An instrument as the worker sees it, whether a stub of the platform or a link is behind it. `verify` is an
 * operation, and `ring` is a call of the object's own timer.
 */
export type InstrumentDoor = {
  readonly [M in Exclude<keyof InstrumentCalls, keyof Rpc.DurableObjectBranded | "verify" | "ring">]: (
    ...args: Parameters<InstrumentCalls[M]>
  ) => Promise<Awaited<ReturnType<InstrumentCalls[M]>>>;
};

/** The calls of the object that stores the venue's id. */
export interface IdentityCalls extends Rpc.DurableObjectBranded {
  /** The venue's id, generated on the first call. */
  venueId(): string;
}
