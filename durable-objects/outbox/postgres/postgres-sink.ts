import { NeonDbError } from "@neondatabase/serverless";
import type { OrderBook } from "../../../engine/book/order-book.ts";
import type { Event } from "../../../engine/vocabulary/event.ts";
import type { InstrumentSpec } from "../../../protocol/instrument-spec.ts";
import type { Journal } from "../../journal/journal.ts";
import { log } from "../../runtime/log.ts";
import { OtherVenueError } from "../sink/other-venue.ts";
import type { Ownership } from "../sink/ownership.ts";
import type { Sink } from "../sink/sink.ts";
import { type Batch, type BatchRow, batchOf, textsOf } from "./postgres-batch.ts";
import { claimRows } from "./postgres-claim.ts";
import type { Sql } from "./postgres-client.ts";
import { restartHistory } from "./postgres-restart.ts";
import {
  countDeadRows,
  expectWatermark,
  insertTrades,
  moveWatermark,
  upsertOrders,
} from "./postgres-statements.ts";
import type { RowText } from "./row-text.ts";

/**
 * The most events in one batch, which is one transaction. A batch is smaller if its rows are too long for one
 * request.
 */
const BATCH_EVENTS_MAX = 2_000;
const REQUEST_MS_MAX = 10_000;

interface PostgresSinkOptions {
  readonly spec: InstrumentSpec;
  readonly journal: Journal;
  readonly book: () => OrderBook;
  readonly ownership: Ownership;
  readonly connect: (requestMsMax: number) => Sql;
  readonly mayRestart: boolean;
}

/**
 * Ships orders and trades to Postgres. Rows and watermark change in one transaction, and every statement
 * skips what is already there. A batch whose answer was lost is therefore sent again without effect.
 */
export class PostgresSink implements Sink {
  readonly name = "postgres";
  readonly #spec: InstrumentSpec;
  readonly #journal: Journal;
  readonly #book: () => OrderBook;
  readonly #ownership: Ownership;
  readonly #connect: () => Sql;
  readonly #mayRestart: boolean;
  #batchEvents = BATCH_EVENTS_MAX;
  #deadRows = 0;

  /**
   * @param options.book returns the live book.
   * @param options.mayRestart whether history starts again in a Postgres without rows of the instrument; see
   * `restartHistory`.
   */
  constructor({ spec, journal, book, ownership, connect, mayRestart }: PostgresSinkOptions) {
    this.#spec = spec;
    this.#journal = journal;
    this.#book = book;
    this.#ownership = ownership;
    this.#connect = () => connect(REQUEST_MS_MAX);
    this.#mayRestart = mayRestart;
  }

  deadRows(): number {
    return this.#deadRows;
  }

  /**
   * Ships one batch. If Postgres rejects a row, the batch is halved until that row's event stands alone.
   * Batches then grow again. Each call that returns has made progress, so that a restart or a deadline never
   * loses it, however many rows are rejected. A Postgres that lacks shipped events, such as a restored older
   * copy, gets them again. If there is nothing to ship, the call only checks whose rows are there, and ships
   * missing rows if Postgres may have been restarted empty.
   */
  async ship(afterSequence: number): Promise<number> {
    const venueId = await this.#ownership.venueId();
    let after = afterSequence;
    if (after === this.#book().sequence) {
      await this.#look(venueId);
      if (this.#mayRestart) after = await this.#positionHeld(venueId);
      if (after >= afterSequence) return afterSequence;
    }
    for (;;) {
      const events = this.#journal.eventsAfter(after, this.#batchEvents);
      const first = events[0];
      if (first?.sequence !== after + 1) throw new PrunedError(after + 1);
      const batch = batchOf(this.#spec, this.#journal, this.#book(), events);
      const eventCount = batch.lastSequence - after;
      try {
        await this.#write(batch, venueId);
      } catch (error) {
        if (isBehind(error) && after === afterSequence) {
          after = await this.#positionHeld(venueId);
          continue;
        }
        if (isUnclaimed(error)) {
          await claimRows(this.#spec, this.#journal, this.#connect, venueId);
          continue;
        }
        if (!isPoison(error)) throw sourceOf(error);
        if (eventCount > 1) {
          this.#batchEvents = Math.floor(eventCount / 2);
          continue;
        }
        await this.#isolate(batch, first, venueId);
      }
      this.#batchEvents = Math.min(BATCH_EVENTS_MAX, this.#batchEvents * 2);
      return batch.lastSequence;
    }
  }

  async #look(venueId: string): Promise<void> {
    const { instrument } = this.#spec;
    const look = () => expectWatermark(this.#connect(), instrument, this.#journal.epoch(), 0, venueId);
    try {
      await look().catch(async (error: unknown) => {
        if (!isUnclaimed(error)) throw error;
        await claimRows(this.#spec, this.#journal, this.#connect, venueId);
      });
    } catch (error) {
      throw sourceOf(error);
    }
  }

  /** The sequence up to which Postgres has the events of this epoch. */
  async #positionHeld(venueId: string): Promise<number> {
    const rows = await this.#connect()`
      SELECT epoch, last_sequence FROM watermarks WHERE instrument = ${this.#spec.instrument}`;
    const held = rows[0];
    if (held === undefined && this.#mayRestart && this.#journal.base.sequence > 0)
      return restartHistory(this.#spec, this.#journal, this.#connect, venueId);
    return held?.epoch === this.#journal.epoch() ? Number(held.last_sequence) : 0;
  }

  async #write({ after, orders, trades, watermark }: Batch, venueId: string): Promise<void> {
    const sql = this.#connect();
    const results = await sql.transaction([
      expectWatermark(sql, this.#spec.instrument, Number(watermark.epoch), after, venueId),
      upsertOrders(sql, textsOf(orders)),
      insertTrades(sql, textsOf(trades)),
      moveWatermark(sql, watermark, venueId),
      countDeadRows(sql, this.#spec.instrument),
    ]);
    this.#noteDeadRows(results[4]);
  }

  /** Writes the rows of one event one by one, and the rejected ones to `outbox_dead`. */
  async #isolate(batch: Batch, event: Event, venueId: string): Promise<void> {
    const { orders, trades, watermark } = batch;
    const bury = async (
      kind: string,
      rowKey: string,
      { row, text }: BatchRow,
      write: (sql: Sql, rows: readonly RowText[]) => Promise<unknown>,
    ): Promise<void> => {
      const sql = this.#connect();
      try {
        await write(sql, [text]);
      } catch (error) {
        if (!isPoison(error)) throw error;
        const { message, code } = error as NeonDbError;
        log("error", "outbox_dead", { kind, row_key: rowKey, reason: message });
        await sql`
          INSERT INTO outbox_dead (instrument, epoch, sequence, kind, row_key, payload, reason, sql_state)
          VALUES (${this.#spec.instrument}, ${watermark.epoch}, ${row.updated_sequence ?? event.sequence}, ${kind}, ${rowKey},
            ${JSON.stringify(row)}, ${message}, ${code ?? null})
          ON CONFLICT DO NOTHING`;
      }
    };
    for (const order of orders) await bury("order", String(order.row.order_id), order, upsertOrders);
    for (const trade of trades) await bury("trade", String(trade.row.trade_number), trade, insertTrades);
    await this.#write({ ...batch, orders: [], trades: [] }, venueId);
  }

  /** Records the count with which a transaction ended. */
  #noteDeadRows(result: readonly Record<string, unknown>[] | undefined): void {
    this.#deadRows = Number(result?.[0]?.count);
  }
}

/**
 * Whether Postgres rejected the row itself: a data exception (class 22) or a violated constraint (23). Any
 * other failure, from a lost connection to a missing table, is not the row's fault and is retried.
 */
function isPoison(error: unknown): boolean {
  return error instanceof NeonDbError && /^2[23]/.test(error.code ?? "");
}

/** Whether Postgres lacks what was shipped before the batch; see `expect_watermark` in migrations/. */
function isBehind(error: unknown): boolean {
  return error instanceof NeonDbError && error.code === "EB001";
}

/** Whether the existing rows are from before venue ids existed. */
function isUnclaimed(error: unknown): boolean {
  return error instanceof NeonDbError && error.code === "EB004";
}

/** Postgres needs events that are no longer in the journal. */
class PrunedError extends Error {
  override readonly name = "PrunedError";

  constructor(sequence: number) {
    super(`Postgres lacks event ${sequence}, and the journal no longer has it`);
  }
}

/**
 * The cause of the driver's error, if it is known: the rows belong to another venue, or the driver did not
 * reach Postgres, for example within a time limit.
 */
function sourceOf(error: unknown): unknown {
  if (error instanceof NeonDbError && error.code === "EB003") return new OtherVenueError(error.message);
  return error instanceof NeonDbError ? (error.sourceError ?? error) : error;
}
