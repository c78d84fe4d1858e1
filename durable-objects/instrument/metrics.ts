import type { OrderBook } from "../../engine/order-book.ts";
import { BUY, SELL } from "../../engine/units.ts";
import type { ErrorCode, Problem } from "../../protocol/error-code.ts";
import type { OrderStatus, TradingStatusName } from "../../protocol/fields.ts";
import type { InstrumentSpec } from "../../protocol/instrument-spec.ts";
import type { SinkHealth } from "../outbox/sink.ts";
import type { Gate } from "./gate.ts";
import type { Quarantine, QuarantineReading } from "./quarantine.ts";
import type { StatusNote } from "./status-notes.ts";
import { statusNow } from "./status-view.ts";

/** Upper bounds of the buckets that commands a flush are counted in. */
export const FLUSH_BUCKETS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] as const;

/** A reading of an instrument's metrics; counters run from when the object was last started. */
export interface MetricsReading {
  readonly instrument: string;
  readonly sequence: number;
  readonly orders: Readonly<Record<string, number>>;
  readonly rejects: Readonly<Record<string, number>>;
  readonly replays: number;
  readonly cancels: number;
  readonly amends: number;
  readonly trades: number;
  /** Exact sum of traded lots, in decimal digits. */
  readonly tradedLots: string;
  readonly flushes: number;
  readonly flushedCommands: number;
  /** Flushes with at most as many commands as the bound of the same index in FLUSH_BUCKETS. */
  readonly flushBuckets: readonly number[];
  readonly queueDepth: number;
  readonly restingOrders: number;
  readonly bidLevels: number;
  readonly askLevels: number;
  readonly sockets: number;
  readonly restoreMs: number;
  readonly tradingStatus: TradingStatusName;
  /** Since when it has that status, and why. */
  readonly statusNote: StatusNote;
  /** Why no new order is taken at all, whatever it is; null where that is for the trading status to say. */
  readonly orderRefusal: Pick<Problem, "code" | "detail"> | null;
  readonly storageBytes: number;
  readonly outbox: readonly SinkHealth[];
  readonly quarantine: QuarantineReading;
}

/** What a reading is taken of, beside what is counted. */
interface Measured extends Pick<MetricsReading, "queueDepth" | "sockets" | "restoreMs" | "outbox"> {
  readonly spec: InstrumentSpec;
  readonly book: OrderBook;
  readonly gate: Gate;
  readonly quarantine: Quarantine;
}

/** What an instrument counts as it works. */
export class InstrumentMetrics {
  readonly orders: Record<string, number> = {};
  readonly rejects: Record<string, number> = {};
  replays = 0;
  cancels = 0;
  amends = 0;
  trades = 0;
  tradedLots = 0n;
  flushes = 0;
  flushedCommands = 0;
  readonly flushBuckets: number[] = FLUSH_BUCKETS.map(() => 0);

  /** Everything as it is now. */
  reading({ spec, book, gate, quarantine, ...others }: Measured): MetricsReading {
    const refusal = quarantine.refusal ?? gate.orderRefusalNow;
    const { orders, rejects, replays, cancels, amends, trades, flushes, flushedCommands, flushBuckets } =
      this;
    return {
      ...{ instrument: spec.instrument, sequence: book.sequence },
      ...{ orders, rejects, replays, cancels, amends, trades, tradedLots: this.tradedLots.toString() },
      ...{ flushes, flushedCommands, flushBuckets },
      restingOrders: book.restingCount,
      bidLevels: book.side(BUY).levelCount,
      askLevels: book.side(SELL).levelCount,
      tradingStatus: statusNow(gate.status, book.status),
      statusNote: quarantine.isHalted
        ? { ...gate.noteOf(book.status), reason: "flush_failures" }
        : gate.noteOf(book.status),
      orderRefusal: refusal === undefined ? null : { code: refusal.code, detail: refusal.detail },
      storageBytes: gate.storageBytes,
      quarantine: quarantine.reading,
      ...others,
    };
  }

  /** An accepted order, by the status it was answered with. */
  countOrder(status: OrderStatus): void {
    this.orders[status] = (this.orders[status] ?? 0) + 1;
  }

  countReject(code: ErrorCode): void {
    this.rejects[code] = (this.rejects[code] ?? 0) + 1;
  }

  countReplay(): void {
    this.replays++;
  }

  countCancel(): void {
    this.cancels++;
  }

  countAmend(): void {
    this.amends++;
  }

  countTrade(lots: number): void {
    this.trades++;
    this.tradedLots += BigInt(lots);
  }

  countFlush(commands: number): void {
    this.flushes++;
    this.flushedCommands += commands;
    FLUSH_BUCKETS.forEach((bound, index) => {
      if (commands <= bound) this.flushBuckets[index] = (this.flushBuckets[index] ?? 0) + 1;
    });
  }
}
