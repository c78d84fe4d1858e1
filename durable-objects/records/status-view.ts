import type { OrderBook } from "../../engine/book/order-book.ts";
import { type IndicativeUncross, indicativeUncross } from "../../engine/uncross.ts";
import type { TradingStatus } from "../../engine/vocabulary/trading-status.ts";
import { formatSteps } from "../../protocol/decimal.ts";
import type { TradingStatusName } from "../../protocol/fields.ts";
import type { InstrumentSpec } from "../../protocol/instrument-spec.ts";
import { isoTime } from "../../protocol/iso-time.ts";
import type { InstrumentStatusView } from "../../protocol/market-data.ts";

/**
 * The availability of an instrument. The index is stored: do not reorder. `frozen`: cancels pass, new orders
 * do not. `lost`: the storage is gone or is being rebuilt, and nothing passes.
 */
export const AVAILABILITIES = ["trading", "frozen", "lost"] as const;
export type Availability = (typeof AVAILABILITIES)[number];

/** The trading status: the market's own, unless the instrument accepts no order at all. */
export function statusNow(availability: Availability, status: TradingStatus): TradingStatusName {
  return availability === "trading" ? status : availability;
}

const lastIndicative = new WeakMap<
  OrderBook,
  { sequence: number; indicative: IndicativeUncross | undefined }
>();

/** What an auction would come to now, worked out once, however many ask. */
function indicativeAt(book: OrderBook): IndicativeUncross | undefined {
  const { sequence } = book;
  const last = lastIndicative.get(book);
  if (last?.sequence === sequence) return last.indicative;
  const indicative = indicativeUncross(book);
  lastIndicative.set(book, { sequence, indicative });
  return indicative;
}

/** The answer of `GET /public/status`. */
export function statusView(
  spec: InstrumentSpec,
  epoch: number,
  book: OrderBook,
  availability: Availability,
): InstrumentStatusView {
  const { statusUntilMs, status } = book;
  const indicative = status === "auction" ? indicativeAt(book) : undefined;
  return {
    instrument: spec.instrument,
    epoch,
    sequence: book.sequence,
    trading_status: statusNow(availability, status),
    until: statusUntilMs === undefined ? null : isoTime(statusUntilMs),
    indicative: indicative
      ? {
          price: formatSteps(indicative.priceTicks, spec.tick),
          quantity: formatSteps(indicative.volumeLots, spec.lot),
          imbalance: signed(indicative.imbalanceLots, (lots) => formatSteps(lots, spec.lot)),
        }
      : null,
  };
}

function signed(lots: number, format: (lots: number) => string): string {
  return lots < 0 ? `-${format(-lots)}` : format(lots);
}
