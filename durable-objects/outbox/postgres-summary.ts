import { neon, neonConfig } from "@neondatabase/serverless";

/** Counting a long history takes a while. */
const REQUEST_MS_MAX = 60_000;

/** What Postgres holds of an instrument, at one moment. Sums are exact, in decimal digits. */
export interface PostgresSummary {
  readonly epoch: number;
  readonly lastSequence: number;
  readonly orders: number;
  readonly filled: number;
  readonly cancelled: number;
  readonly trades: number;
  readonly lots: string;
  readonly notional: string;
}

/** Counts and sums of an instrument's rows, in one snapshot with their watermark. @throws if it cannot be asked. */
export async function readPostgresSummary(
  instrument: string,
  databaseUrl: string,
  fetchEndpoint: string | undefined,
): Promise<PostgresSummary> {
  if (fetchEndpoint !== undefined) neonConfig.fetchEndpoint = fetchEndpoint;
  const sql = neon(databaseUrl, { fetchOptions: { signal: AbortSignal.timeout(REQUEST_MS_MAX) } });
  const [watermark, orders, trades] = await sql.transaction(
    [
      sql`SELECT epoch, last_sequence FROM watermarks WHERE instrument = ${instrument}`,
      sql`SELECT count(*) AS orders, count(*) FILTER (WHERE status = 'filled') AS filled,
            count(*) FILTER (WHERE status = 'cancelled') AS cancelled
          FROM orders WHERE instrument = ${instrument}`,
      sql`SELECT count(*) AS trades, coalesce(sum(quantity_lots), 0)::text AS lots,
            coalesce(sum(price_ticks::numeric * quantity_lots), 0)::text AS notional
          FROM trades WHERE instrument = ${instrument}`,
    ],
    { isolationLevel: "RepeatableRead", readOnly: true },
  );
  const row = { ...orders?.[0], ...trades?.[0] };
  return {
    epoch: Number(watermark?.[0]?.epoch ?? 0),
    lastSequence: Number(watermark?.[0]?.last_sequence ?? 0),
    orders: Number(row.orders),
    filled: Number(row.filled),
    cancelled: Number(row.cancelled),
    trades: Number(row.trades),
    lots: String(row.lots),
    notional: String(row.notional),
  };
}
