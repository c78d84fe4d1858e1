import { isThrough, trailedStopTicks } from "../../../engine/book/waiting-stops.ts";
import { BUY } from "../../../engine/vocabulary/units.ts";
import type { InstrumentSpec } from "../../../protocol/instrument-spec.ts";
import type { OrderRecord } from "../../records/order-record.ts";
import type { WaitingStop } from "../../storage/book-state.ts";
import type { Sql } from "./postgres-client.ts";

/** The trades between the last changes of two consecutive waiting stops. */
interface Span {
  readonly low: number;
  readonly high: number;
  readonly last: number;
}

/**
 * Computes what trades have done to the waiting stops among some orders. No event names a stop that follows
 * trades, so this reads the trades since each stop's last change, in one pass. For a trailing stop that was
 * reached in a halt, the last trade decides.
 */
export async function readWaitingStops(
  spec: InstrumentSpec,
  connect: () => Sql,
  records: readonly OrderRecord[],
): Promise<Map<number, WaitingStop>> {
  const stops = records.filter(({ status }) => status === "waiting");
  if (stops.length === 0) return new Map();
  const changes = [...new Set(stops.map(since))].sort((a, b) => a - b);
  const spans = await readSpans(spec, connect, changes);
  return new Map(
    stops.map((stop) => {
      const at = changes.indexOf(since(stop)) + 1;
      const before = spans.slice(0, at).findLast((span) => span !== undefined)?.last;
      const after = spans.slice(at).filter((span) => span !== undefined);
      return [stop.orderNumber, stopOf(stop, before, after)];
    }),
  );
}

/** The sequence since which a stop has waited at its current price. */
function since({ orderNumber, placed }: OrderRecord): number {
  return placed?.stopMovedSequence ?? orderNumber;
}

/** Lowest, highest and last price of the trades before the first change and after each. */
async function readSpans(
  { instrument }: InstrumentSpec,
  connect: () => Sql,
  changes: readonly number[],
): Promise<(Span | undefined)[]> {
  const rows = await connect()`
    SELECT width_bucket(sequence, ${changes}::bigint[]) AS bucket, min(price_ticks) AS low, max(price_ticks) AS high,
      (array_agg(price_ticks ORDER BY sequence DESC))[1] AS last
    FROM trades WHERE instrument = ${instrument} GROUP BY bucket`;
  const spans: (Span | undefined)[] = Array.from({ length: changes.length + 1 }, () => undefined);
  for (const { bucket, low, high, last } of rows)
    spans[Number(bucket)] = { low: Number(low), high: Number(high), last: Number(last) };
  return spans;
}

function least(prices: readonly number[]): number {
  return prices.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
}

function greatest(prices: readonly number[]): number {
  return prices.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
}

function stopOf(record: OrderRecord, before: number | undefined, after: readonly Span[]): WaitingStop {
  const { side, terms = {} } = record;
  const lows = after.map(({ low }) => low);
  const highs = after.map(({ high }) => high);
  const { stopPriceTicks } = terms;
  if (stopPriceTicks !== undefined) {
    const furthest = side === BUY ? greatest(highs) : least(lows);
    return {
      anchorTicks: undefined,
      isReached: after.length > 0 && isThrough(side, stopPriceTicks, furthest),
    };
  }
  const prices = [...(before === undefined ? [] : [before]), ...(side === BUY ? lows : highs)];
  if (prices.length === 0) return { anchorTicks: undefined, isReached: false };
  const anchorTicks = side === BUY ? least(prices) : greatest(prices);
  const last = after.at(-1)?.last;
  const stopTicks = trailedStopTicks(side, terms, anchorTicks);
  return { anchorTicks, isReached: last !== undefined && isThrough(side, stopTicks, last) };
}
