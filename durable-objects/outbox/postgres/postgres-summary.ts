import type { Sql } from "./postgres-client.ts";

/** What Postgres has of an instrument, at one moment. Sums are exact, in decimal digits. */
export interface PostgresSummary {
  /** The venue that owns the rows; null if they have no venue id. */
  readonly venueId: string | null;
  readonly epoch: number;
  readonly lastSequence: number;
  readonly orders: number;
  readonly filled: number;
  readonly cancelled: number;
  readonly open: number;
  /** Sum of the open orders' remaining lots. */
  readonly openLots: string;
  readonly trades: number;
  readonly lots: string;
  readonly notional: string;
  /** Rejected rows that are unresolved. */
  readonly deadRows: number;
}

/**
 * Counts and sums of an instrument's rows, in one snapshot with their watermark. @throws if Postgres does not
 * answer.
 */
export async function readPostgresSummary(instrument: string, sql: Sql): Promise<PostgresSummary> {
  const [watermark, orders, trades, dead] = await sql.transaction(
    [
      sql`SELECT venue_id, epoch, last_sequence FROM watermarks WHERE instrument = ${instrument}`,
      sql`SELECT count(*) AS orders, count(*) FILTER (WHERE status = 'filled') AS filled,
            count(*) FILTER (WHERE status = 'cancelled') AS cancelled,
            count(*) FILTER (WHERE status IN ('waiting', 'open', 'partially_filled')) AS open,
            coalesce(sum(quantity_lots - filled_lots) FILTER
              (WHERE status IN ('waiting', 'open', 'partially_filled')), 0)::text AS open_lots
          FROM orders WHERE instrument = ${instrument}`,
      sql`SELECT count(*) AS trades, coalesce(sum(quantity_lots), 0)::text AS lots,
            coalesce(sum(price_ticks::numeric * quantity_lots), 0)::text AS notional
          FROM trades WHERE instrument = ${instrument}`,
      sql`SELECT count(*) AS dead FROM outbox_dead WHERE instrument = ${instrument} AND resolved_at IS NULL`,
    ],
    { isolationLevel: "RepeatableRead", readOnly: true },
  );
  const row = { ...orders?.[0], ...trades?.[0], ...dead?.[0] };
  return {
    venueId: watermark?.[0]?.venue_id ?? null,
    epoch: Number(watermark?.[0]?.epoch ?? 0),
    lastSequence: Number(watermark?.[0]?.last_sequence ?? 0),
    orders: Number(row.orders),
    filled: Number(row.filled),
    cancelled: Number(row.cancelled),
    open: Number(row.open),
    openLots: String(row.open_lots),
    trades: Number(row.trades),
    lots: String(row.lots),
    notional: String(row.notional),
    deadRows: Number(row.dead),
  };
}
