import type { OrderBook } from "../../../engine/book/order-book.ts";
import { BUY, SELL } from "../../../engine/vocabulary/units.ts";
import type { InstrumentSpec } from "../../../protocol/instrument-spec.ts";
import { isoTime } from "../../../protocol/iso-time.ts";
import type { LevelView, TradeView } from "../../../protocol/market-data.ts";
import type { Analytics } from "../../analytics/analytics.ts";
import type { Journal } from "../../journal/journal.ts";
import type { LiveInstrument } from "../../journal/live-instrument.ts";
import { checksumOf, levelsAt, touchedPrices } from "../../records/book-view.ts";
import type { Availability } from "../../records/status-view.ts";
import type { Flush } from "../flush/flush.ts";

/** The sources of an instrument's feed. */
interface Told extends LiveInstrument {
  readonly analytics: Analytics;
  readonly availability: () => Availability;
}

/** The data that channels publish. */
export class FeedSource {
  readonly spec: InstrumentSpec;
  readonly journal: Journal;
  readonly analytics: Analytics;
  readonly #told: Told;
  #checksum: { readonly book: OrderBook; readonly sequence: number; readonly value: number } | undefined;

  constructor(told: Told) {
    this.spec = told.spec;
    this.journal = told.journal;
    this.analytics = told.analytics;
    this.#told = told;
  }

  get book(): OrderBook {
    return this.#told.book();
  }

  get recentTrades(): readonly TradeView[] {
    return this.#told.recentTrades();
  }

  get availability(): Availability {
    return this.#told.availability();
  }

  /** The time of the book's last event, as it is published. */
  get time(): string | null {
    return this.book.sequence === 0 ? null : isoTime(this.book.timeMs);
  }

  /** The checksum of the current book. It is computed once per state, for all channels. */
  get checksum(): number {
    const { book } = this;
    if (this.#checksum?.book !== book || this.#checksum.sequence !== book.sequence)
      this.#checksum = { book, sequence: book.sequence, value: checksumOf(this.spec, book) };
    return this.#checksum.value;
  }
}

/** Levels of each side. */
export type Levels = Record<"bids" | "asks", LevelView[]>;

/** The current levels at the touched prices, best first. */
export function levelsNow(
  { spec, book }: FeedSource,
  touched: readonly [buy: Iterable<number>, sell: Iterable<number>],
): Levels {
  return { bids: levelsAt(spec, book, BUY, touched[BUY]), asks: levelsAt(spec, book, SELL, touched[SELL]) };
}

/** The prices touched since they were last published. */
export class TouchedPrices {
  #touched: readonly [buy: Set<number>, sell: Set<number>] = [new Set(), new Set()];

  add({ touched }: FlushStep): void {
    for (const side of [BUY, SELL]) for (const price of touched[side]) this.#touched[side].add(price);
  }

  /** The current levels at these prices, which then count as published. */
  take(source: FeedSource): Levels {
    const levels = levelsNow(source, this.#touched);
    this.#touched = [new Set(), new Set()];
    return levels;
  }
}

/** One flush, as channels process it. */
export class FlushStep {
  readonly flush: Flush;
  #touched: [buy: Set<number>, sell: Set<number>] | undefined;

  constructor(flush: Flush) {
    this.flush = flush;
  }

  /** The prices of each side at which a level changed; computed once, on first use. */
  get touched(): [buy: Set<number>, sell: Set<number>] {
    if (this.#touched === undefined) {
      const limits = new Map(this.flush.orders.map((order) => [order.orderNumber, order.priceTicks]));
      this.#touched = touchedPrices(this.flush.events, (orderNumber) => limits.get(orderNumber) ?? null);
    }
    return this.#touched;
  }
}
