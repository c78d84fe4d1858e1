import type { InstrumentSpec } from "../../../protocol/instrument-spec.ts";
import type { Sql } from "./postgres-client.ts";
import { milliseconds } from "./postgres-reading.ts";
import type { PostgresSummary } from "./postgres-summary.ts";

/** The position of Postgres, beyond the summary. */
export interface PostgresPosition {
  readonly lastTradeNumber: number;
  readonly lastTradePriceTicks: number | null;
  /** Time of the newest row, in milliseconds; 0 if there is none. */
  readonly lastTimeMs: number;
  /** Fingerprint of the book at the watermark (`bookHash`); null if it was not taken. */
  readonly bookHash: string | null;
  /** The trading status and related state (`stateText`); null if it is the usual one. */
  readonly bookState: string | null;
  /**
   * The last sequence in any row. An order is shipped in its state at that moment, so this may be beyond the
   * watermark.
   */
  readonly lastSequenceKnown: number;
  /** The number of orders whose rows are newer than the watermark. */
  readonly ordersAhead: number;
  /** Lots filled in `orders` without a trade in `trades`, counted on both sides. */
  readonly lotsAhead: bigint;
}

/** Reads the position of an instrument in Postgres. @throws if Postgres does not answer. */
export async function readPosition(spec: InstrumentSpec, sql: Sql): Promise<PostgresPosition> {
  const { instrument } = spec;
  const [watermarks, orders, trades] = await sql.transaction(
    [
      sql`SELECT last_sequence, last_trade_number, last_trade_price_ticks, state_hash, book_state::text AS state,
            (extract(epoch FROM last_event_at) * 1000)::bigint AS last_ms
          FROM watermarks WHERE instrument = ${instrument}`,
      sql`SELECT coalesce(max(greatest(order_number, updated_sequence)), 0) AS known,
            ${milliseconds(sql, "max(updated_at)")} AS last_ms, coalesce(sum(filled_lots), 0)::text AS filled,
            count(*) FILTER (WHERE updated_sequence >
              (SELECT last_sequence FROM watermarks WHERE instrument = ${instrument})) AS ahead
          FROM orders WHERE instrument = ${instrument}`,
      sql`SELECT coalesce(sum(quantity_lots), 0)::text AS traded FROM trades WHERE instrument = ${instrument}`,
    ],
    { isolationLevel: "RepeatableRead", readOnly: true },
  );
  const [watermark, order] = [watermarks?.[0], orders?.[0]];
  const priceTicks = watermark?.last_trade_price_ticks ?? null;
  return {
    lastTradeNumber: Number(watermark?.last_trade_number ?? 0),
    lastTradePriceTicks: priceTicks === null ? null : Number(priceTicks),
    lastTimeMs: Math.max(Number(watermark?.last_ms ?? 0), Number(order?.last_ms ?? 0)),
    bookHash: watermark?.state_hash ?? null,
    bookState: watermark?.state ?? null,
    lastSequenceKnown: Math.max(Number(order?.known ?? 0), Number(watermark?.last_sequence ?? 0)),
    ordersAhead: Number(order?.ahead ?? 0),
    lotsAhead: BigInt(order?.filled ?? 0) - 2n * BigInt(trades?.[0]?.traded ?? 0),
  };
}

/**
 * Moves an instrument to a new epoch, and assigns its rows to a venue. From then on, writes under the old
 * epoch are rejected.
 * @throws if Postgres has changed since it was read.
 */
export async function moveEpoch(
  spec: InstrumentSpec,
  sql: Sql,
  from: Pick<PostgresSummary, "venueId" | "epoch" | "lastSequence">,
  { venueId, epoch, sequence }: { venueId: string; epoch: number; sequence: number },
): Promise<void> {
  const rows = await sql`
    UPDATE watermarks SET venue_id = ${venueId}, epoch = ${epoch}, last_sequence = ${sequence}, state_hash = NULL,
      updated_at = now()
    WHERE instrument = ${spec.instrument} AND epoch = ${from.epoch} AND last_sequence = ${from.lastSequence}
      AND venue_id IS NOT DISTINCT FROM ${from.venueId}
    RETURNING epoch`;
  if (rows.length === 0)
    throw new Error("Postgres has changed since it was read: something else ships to it");
}
