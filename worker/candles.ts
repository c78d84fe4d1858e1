import type * as z from "zod";
import type { Env } from "../durable-objects/env.ts";
import type { CandleView, candleList } from "../protocol/analytics.ts";
import { type CandleInterval, INTERVAL_MS, intervalStart } from "../protocol/candle-interval.ts";
import { Refusal } from "../protocol/refusal.ts";
import { History } from "./history.ts";
import { call, venueOf } from "./venue.ts";

/** How many candles one answer may span. */
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
 * The candles of a time: from the instrument as far back as it remembers all of them, from history before.
 * @throws Refusal where the time is none, or too long.
 */
export async function readCandles(
  env: Env,
  { instrument, interval, from, to }: CandlesAsked,
  nowMs: number,
): Promise<z.output<typeof candleList>> {
  const stepMs = INTERVAL_MS[interval];
  const toMs = to ?? nowMs;
  const fromMs = intervalStart(from ?? toMs - (CANDLES_DEFAULT - 1) * stepMs, interval);
  if (fromMs >= toMs) throw refusal("from", "must be before to");
  if (toMs - fromMs > CANDLES_MAX * stepMs)
    throw refusal("from", `must be at most ${CANDLES_MAX} candles before to`);
  const venue = venueOf(env);
  const spec = venue.spec(instrument);
  const query = { kind: "candles", interval, fromMs, toMs } as const;
  const known = JSON.parse(await call(venue.object(instrument).readAnalytics(query)));
  const { whole_from_ms: wholeFromMs, candles } = known as { whole_from_ms: number; candles: CandleView[] };
  const list = { instrument: spec.instrument, interval };
  if (wholeFromMs <= fromMs) return { ...list, candles };
  const history = new History(env);
  // An interval of which only a part was shipped is the instrument's to tell, if it can.
  const older = await history.candles(spec, stepMs, fromMs, Math.min(toMs, wholeFromMs));
  const firstKnown = candles[0]?.start ?? "~";
  return {
    ...list,
    candles: [...older.value.filter(({ start }) => start < firstKnown), ...candles],
    as_of_sequence: older.asOfSequence,
  };
}

function refusal(field: string, rule: string): Refusal {
  return new Refusal({ code: "invalid_value", field, detail: `${field} ${rule}` });
}
