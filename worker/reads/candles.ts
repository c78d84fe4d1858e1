import type * as z from "zod";
import type { Env } from "../../durable-objects/runtime/env.ts";
import type { CandleView, candleList } from "../../protocol/analytics.ts";
import { type CandleInterval, INTERVAL_MS, intervalStart } from "../../protocol/candle-interval.ts";
import { isoTime } from "../../protocol/iso-time.ts";
import { Refusal } from "../../protocol/refusal.ts";
import { call, venueOf } from "../http/venue.ts";
import { History } from "./history.ts";
import type { Page } from "./next-page.ts";

type CandleListView = z.output<typeof candleList>;

/** The answer of the instrument. */
interface KnownCandles {
  readonly whole_from_ms: number;
  readonly older_start_ms?: number;
  readonly candles: CandleView[];
}

/** The most candles that one answer spans. */
const CANDLES_MAX = 1_000;
const CANDLES_DEFAULT = 100;

interface CandlesAsked {
  readonly instrument?: string | undefined;
  readonly interval: CandleInterval;
  /** Milliseconds since the Unix epoch. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/**
 * The candles of a time range: from the instrument as far back as it has every candle, and from history
 * before that. Without `from`, the list continues further back, and its cursor is the `to` of the next page.
 * @throws Refusal if the range is empty or too long.
 */
export async function readCandles(
  env: Env,
  { instrument, interval, from, to }: CandlesAsked,
  nowMs: number,
): Promise<Page> {
  const stepMs = INTERVAL_MS[interval];
  const toMs = to ?? nowMs;
  const fromMs = intervalStart(from ?? toMs - (CANDLES_DEFAULT - 1) * stepMs, interval);
  if (fromMs >= toMs) throw refusal("from", "must be before to");
  if (toMs - fromMs > CANDLES_MAX * stepMs)
    throw refusal("from", `must be at most ${CANDLES_MAX} candles before to`);
  const venue = venueOf(env);
  const spec = venue.spec(instrument);
  const query = { kind: "candles", interval, fromMs, toMs } as const;
  const known: KnownCandles = JSON.parse(await call(venue.object(instrument).readAnalytics(query)));
  const { whole_from_ms: wholeFromMs, older_start_ms: olderStartMs, candles } = known;
  const list = { instrument: spec.instrument, interval };
  // A range with an explicit `from` is complete: it is not a page of a longer list.
  const pageAfter = (view: CandleListView, startMs: number | undefined): Page => {
    const endMs = startMs === undefined || from !== undefined ? undefined : startMs + stepMs;
    return { body: JSON.stringify(view), cursor: endMs === undefined ? undefined : isoTime(endMs) };
  };
  if (wholeFromMs <= fromMs) {
    // The next page covers candles older than those that the instrument has.
    const unknownStartMs = wholeFromMs === 0 ? undefined : wholeFromMs - stepMs;
    return pageAfter({ ...list, candles }, olderStartMs ?? unknownStartMs);
  }
  const history = new History(env);
  // Both may have the first candle of the instrument. The one from history may be incomplete, so the
  // instrument's is used.
  const [older, before] = await Promise.all([
    history.candles(spec, stepMs, fromMs, Math.min(toMs, wholeFromMs)),
    from === undefined ? history.lastTradeMs(spec, fromMs) : undefined,
  ]);
  const firstKnown = candles[0]?.start ?? "~";
  const view = {
    ...list,
    candles: [...older.value.filter(({ start }) => start < firstKnown), ...candles],
    as_of_sequence: older.asOfSequence,
  };
  return pageAfter(view, before === undefined ? undefined : intervalStart(before, interval));
}

function refusal(field: string, rule: string): Refusal {
  return new Refusal({ code: "invalid_value", field, detail: `${field} ${rule}` });
}
