import type { OrderBook } from "../../../engine/book/order-book.ts";
import { BUY, SELL } from "../../../engine/vocabulary/units.ts";
import type { ErrorCode } from "../../../protocol/error-code.ts";
import type { OrderStatus } from "../../../protocol/fields.ts";
import type { InstrumentSpec } from "../../../protocol/instrument-spec.ts";
import { FLUSH_BUCKETS, LATENCY_BUCKETS_MS, type MetricsReading } from "../../calls/readings.ts";
import { statusNow } from "../../records/status-view.ts";
import type { Clock } from "../../runtime/clock.ts";
import { log } from "../../runtime/log.ts";
import { CounterTable } from "../../storage/counter-table.ts";
import type { Gate } from "./gate.ts";
import { Histogram, type StoredHistogram } from "./histogram.ts";
import type { Quarantine } from "./quarantine.ts";

/**
 * When nothing waits for a flush, counters that no flush has stored are stored, at most once in this time.
 */
const STORE_EVERY_MS = 250;

/** The sources of a reading, beside the counters. */
interface Measured extends Pick<MetricsReading, "queueDepth" | "sockets" | "outbox"> {
  readonly spec: InstrumentSpec;
  readonly book: OrderBook;
  readonly gate: Gate;
  readonly quarantine: Quarantine;
}

/** The stored counters of an instrument, beside histograms. */
interface Counts {
  orders: Record<string, number>;
  rejects: Record<string, number>;
  outboxFailures: Record<string, number>;
  replays: number;
  cancels: number;
  amends: number;
  trades: number;
  /** Decimal digits. */
  tradedLots: string;
}

interface StoredCounts extends Counts {
  readonly flushCommands: StoredHistogram;
  readonly latencyMs: StoredHistogram;
}

/**
 * Counts what an instrument does. Each flush that writes stores the counters, and so does every reading, so
 * that no reported value is lost. Other counts are stored when nothing waits. There is no timer: it would
 * keep the object from sleeping.
 */
export class InstrumentMetrics {
  readonly #table: CounterTable;
  readonly #clock: Clock;
  readonly #flushCommands = new Histogram(FLUSH_BUCKETS);
  readonly #latencyMs = new Histogram(LATENCY_BUCKETS_MS);
  #counts: Omit<Counts, "tradedLots"> = {
    orders: {},
    rejects: {},
    outboxFailures: {},
    replays: 0,
    cancels: 0,
    amends: 0,
    trades: 0,
  };
  #tradedLots = 0n;
  #started = { startedMs: 0, restoreMs: 0 };
  #isStored = true;
  #storedAtRestMs = 0;

  constructor(sql: SqlStorage, clock: Clock) {
    this.#table = new CounterTable(sql);
    this.#clock = clock;
  }

  /** Continues from the stored counters, and measures how long the object takes to load everything else. */
  start(load: () => void): void {
    const startedMs = this.#clock.wallMs();
    this.#restore();
    load();
    this.#started = { startedMs, restoreMs: this.#clock.wallMs() - startedMs };
  }

  #restore(): void {
    const text = this.#table.read();
    if (text === undefined) return;
    const { flushCommands, latencyMs, tradedLots, ...counts }: StoredCounts = JSON.parse(text);
    this.#counts = counts;
    this.#tradedLots = BigInt(tradedLots);
    this.#flushCommands.restore(flushCommands);
    this.#latencyMs.restore(latencyMs);
  }

  /**
   * Stores the counters outside a flush. If storage accepts no write, that is logged, and has no other
   * effect.
   */
  storeOrLog(): void {
    try {
      this.store();
    } catch (error) {
      log("error", "counters_not_stored", { error: String(error) });
    }
  }

  /** Stores what was counted since the last time. */
  store(): void {
    if (this.#isStored) return;
    const stored: StoredCounts = {
      ...this.#counts,
      tradedLots: this.#tradedLots.toString(),
      flushCommands: this.#flushCommands.stored,
      latencyMs: this.#latencyMs.stored,
    };
    this.#table.write(JSON.stringify(stored));
    this.#isStored = true;
  }

  /**
   * Stores the remaining counts when nothing waits for a flush. It does not do so each time, since each is
   * another commit.
   */
  storeAtRest(): void {
    const nowMs = Date.now();
    // The difference is negative if the host's clock was set back before this object started.
    if (nowMs >= this.#storedAtRestMs && nowMs < this.#storedAtRestMs + STORE_EVERY_MS) return;
    this.#storedAtRestMs = nowMs;
    this.storeOrLog();
  }

  /** The current reading. */
  reading({ spec, book, gate, quarantine, ...others }: Measured): MetricsReading {
    const refusal = quarantine.refusal ?? gate.orderRefusalNow;
    const { outboxFailures: _, ...counts } = this.#counts;
    return {
      instrument: spec.instrument,
      sequence: book.sequence,
      ...counts,
      tradedLots: this.#tradedLots.toString(),
      flushCommands: this.#flushCommands.reading,
      latencyMs: this.#latencyMs.reading,
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
      ...this.#started,
      ...others,
    };
  }

  /** Counts an accepted order by the status in its answer. */
  countOrder(status: OrderStatus): void {
    this.#countBy(this.#counts.orders, status);
  }

  countReject(code: ErrorCode): void {
    this.#countBy(this.#counts.rejects, code);
  }

  /** Counts a failed attempt to ship to a sink. */
  countOutboxFailure(sink: string): void {
    this.#countBy(this.#counts.outboxFailures, sink);
  }

  outboxFailures(sink: string): number {
    return this.#counts.outboxFailures[sink] ?? 0;
  }

  countReplay(): void {
    this.#counts.replays++;
    this.#isStored = false;
  }

  countCancel(): void {
    this.#counts.cancels++;
    this.#isStored = false;
  }

  countAmend(): void {
    this.#counts.amends++;
    this.#isStored = false;
  }

  countTrade(lots: number): void {
    this.#counts.trades++;
    this.#tradedLots += BigInt(lots);
    this.#isStored = false;
  }

  /** Call this before the flush is written. */
  /** The flushes so far. */
  get flushes(): { readonly flushes: number; readonly requests: number } {
    const { count, sum } = this.#flushCommands.reading;
    return { flushes: count, requests: sum };
  }

  countFlush(commands: number): void {
    this.#flushCommands.add(commands);
    this.#isStored = false;
  }

  /** Counts the time of a request. It may be negative if the host's clock was set meanwhile. */
  countLatency(milliseconds: number): void {
    this.#latencyMs.add(Math.max(0, milliseconds));
    this.#isStored = false;
  }

  #countBy(counts: Record<string, number>, name: string): void {
    counts[name] = (counts[name] ?? 0) + 1;
    this.#isStored = false;
  }
}
