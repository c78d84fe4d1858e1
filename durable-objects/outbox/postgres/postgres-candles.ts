import type { CandleView } from "../../../protocol/analytics.ts";
import type { InstrumentSpec } from "../../../protocol/instrument-spec.ts";
import { candleView } from "../../analytics/views.ts";
import type { Sql } from "./postgres-client.ts";
import { boundedTime } from "./postgres-reading.ts";

/** A candle as the driver returns it: bigints and numerics are text. */
export interface CandleRow {
  readonly start_ms: string;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly lots: string;
  /** Ticks × lots. */
  readonly notional: string;
  readonly trades: string;
}

/**
 * Selects the candles of an instrument in a time range, oldest first. Intervals count from the Unix epoch.
 */
export function candleRows(
  sql: Sql,
  { instrument }: InstrumentSpec,
  stepMs: number,
  fromMs: number,
  toMs: number,
) {
  return sql`
    SELECT start_ms, (array_agg(price_ticks ORDER BY trade_number))[1] AS open, max(price_ticks) AS high,
      min(price_ticks) AS low, (array_agg(price_ticks ORDER BY trade_number DESC))[1] AS close,
      sum(quantity_lots) AS lots, sum(price_ticks::numeric * quantity_lots) AS notional, count(*) AS trades
    FROM (
      SELECT trade_number, price_ticks, quantity_lots,
        ((extract(epoch FROM executed_at) * 1000)::bigint / ${stepMs}::bigint) * ${stepMs}::bigint AS start_ms
      FROM trades
      WHERE instrument = ${instrument} AND executed_at >= ${boundedTime(fromMs)} AND executed_at < ${boundedTime(toMs)}
    ) AS traded
    GROUP BY start_ms ORDER BY start_ms`;
}

/** Selects the time of an instrument's last trade before a time, with the index on trade numbers. */
export function lastTradeRows(sql: Sql, { instrument }: InstrumentSpec, beforeMs: number) {
  return sql`
    SELECT (extract(epoch FROM executed_at) * 1000)::bigint AS ms FROM trades
    WHERE instrument = ${instrument} AND executed_at < ${boundedTime(beforeMs)}
    ORDER BY trade_number DESC LIMIT 1`;
}

export function candleOfRow(spec: InstrumentSpec, row: CandleRow): CandleView {
  return candleView(spec, {
    startMs: Number(row.start_ms),
    open: Number(row.open),
    high: Number(row.high),
    low: Number(row.low),
    close: Number(row.close),
    lots: BigInt(row.lots),
    notional: BigInt(row.notional),
    trades: Number(row.trades),
  });
}
