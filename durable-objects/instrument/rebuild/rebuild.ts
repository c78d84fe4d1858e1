import { bookHash } from "../../../engine/book/book-hash.ts";
import { OrderBook } from "../../../engine/book/order-book.ts";
import { BUY, SELL } from "../../../engine/vocabulary/units.ts";
import type { InstrumentSpec } from "../../../protocol/instrument-spec.ts";
import type { RebuildProgress, RebuildReport } from "../../../protocol/operation.ts";
import { NO_VENUE } from "../../../protocol/venue-id.ts";
import { type Answer, answer, problemAnswer } from "../../calls/answer.ts";
import type { Journal } from "../../journal/journal.ts";
import { RECENT_TRADES_MAX, restoreBook } from "../../journal/restore.ts";
import { connectPostgres, type Sql } from "../../outbox/postgres/postgres-client.ts";
import { keyedOrderPages, openOrderPages, readLastTrades } from "../../outbox/postgres/postgres-reading.ts";
import { moveEpoch, readPosition } from "../../outbox/postgres/postgres-rebuild.ts";
import { readWaitingStops } from "../../outbox/postgres/postgres-stops.ts";
import { type PostgresSummary, readPostgresSummary } from "../../outbox/postgres/postgres-summary.ts";
import { mirrorHead } from "../../outbox/redis/mirror-answer.ts";
import { mirrorKeys } from "../../outbox/redis/mirror-keys.ts";
import { READ_BOOK_SCRIPT } from "../../outbox/redis/mirror-scripts.ts";
import { OtherVenueError } from "../../outbox/sink/other-venue.ts";
import type { Ownership } from "../../outbox/sink/ownership.ts";
import { configuredRedis } from "../../outbox/sinks.ts";
import type { Env } from "../../runtime/env.ts";
import { log } from "../../runtime/log.ts";
import { IDEMPOTENCY_WINDOW_MS } from "../../storage/answer-table.ts";
import { stateOfText } from "../../storage/book-state.ts";
import { Meta } from "../../storage/meta.ts";
import { Totals } from "../../storage/totals.ts";
import type { Gate } from "../flush/gate.ts";
import { RebuildTables } from "./rebuild-tables.ts";

/** Long enough to count a long history. */
const REQUEST_MS_MAX = 60_000;
const PAGE_ORDERS = 10_000;
/**
 * Numbers assigned after the last shipped event were lost with the storage, but clients may have them. The
 * new epoch starts this much higher, so that none of them is assigned again.
 */
const NUMBERS_SKIPPED = 1_000_000;

/** The parts of the instrument that a rebuild needs. */
export interface RebuiltInstrument {
  readonly storage: DurableObjectStorage;
  readonly spec: InstrumentSpec;
  readonly journal: Journal;
  readonly gate: Gate;
  readonly ownership: Ownership;
  /** Loads memory from storage. */
  readonly reload: () => void;
}

/**
 * Rebuilds an instrument whose storage was lost from the rows in Postgres: its open orders with their numbers
 * and priority, its counters, its last trades, and the idempotency keys of the window, under a new epoch.
 * Until the rebuild is done and verified, the instrument is `lost`, through any restart. Afterwards it is
 * `frozen`.
 */
export class Rebuilder {
  readonly #instrument: RebuiltInstrument;
  readonly #env: Env;
  #progress: RebuildProgress | null = null;

  constructor(instrument: RebuiltInstrument, env: Env) {
    this.#instrument = instrument;
    this.#env = env;
  }

  /** The progress of the rebuild; null if none is running. */
  get progress(): RebuildProgress | null {
    return this.#progress;
  }

  /**
   * @param discardsJournal whether to continue although the instrument still has its storage, which is then
   * discarded.
   * @param adopted the venue whose rows are taken over, or "none" for rows without a venue id. If it is
   * undefined, only this venue's rows are accepted.
   */
  async run(discardsJournal: boolean, adopted: string | undefined): Promise<Answer> {
    const refusal = this.#refusal(discardsJournal);
    if (refusal !== undefined) return problemAnswer({ code: "operation_refused", detail: refusal });
    this.#progress = { orders: 0, orders_total: 0, keys: 0 };
    try {
      return answer(200, JSON.stringify(await this.#rebuild(this.#progress, adopted)));
    } catch (error) {
      const { instrument } = this.#instrument.spec;
      log("error", "rebuild_failed", { instrument, error: String(error) });
      const detail =
        error instanceof OtherVenueError
          ? error.message
          : "the rebuild failed and can be run again; the log has the reason";
      return problemAnswer({ code: "operation_refused", detail });
    } finally {
      this.#progress = null;
    }
  }

  #refusal(discardsJournal: boolean): string | undefined {
    const { gate } = this.#instrument;
    if (this.#progress !== null) return "a rebuild is in progress";
    if (this.#env.DATABASE_URL === undefined) return "no database is configured to rebuild from";
    if (gate.status === "lost" || (gate.status === "frozen" && discardsJournal)) return undefined;
    return gate.status === "frozen"
      ? "the instrument still has its storage; discard_journal=true discards it"
      : "the instrument is trading; freeze it first";
  }

  /**
   * The id of this venue. @throws OtherVenueError if the rows belong to a venue that is not to be taken over.
   */
  async #venueIdFor({ venueId: owner }: PostgresSummary, adopted: string | undefined): Promise<string> {
    const { spec, ownership } = this.#instrument;
    const venueId = await ownership.venueId();
    const held = owner ?? NO_VENUE;
    if (owner === venueId || held === adopted) return venueId;
    const whose = `Postgres has ${spec.instrument} of venue ${held}; this is venue ${venueId}`;
    throw new OtherVenueError(`${whose}; adopt=${held} takes it over`);
  }

  async #rebuild(progress: RebuildProgress, adopted: string | undefined): Promise<RebuildReport> {
    const startedMs = Date.now();
    const { storage, spec, journal, gate, ownership, reload } = this.#instrument;
    const { DATABASE_URL = "", NEON_FETCH_ENDPOINT } = this.#env;
    const connect = (): Sql => connectPostgres(DATABASE_URL, NEON_FETCH_ENDPOINT, REQUEST_MS_MAX);
    const summary = await readPostgresSummary(spec.instrument, connect());
    if (summary.lastSequence === 0) throw new Error("Postgres has no events of the instrument");
    const venueId = await this.#venueIdFor(summary, adopted);
    const position = await readPosition(spec, connect());
    const ownSequence = journal.lastEvent()?.sequence ?? journal.base.sequence;
    const known = Math.max(
      position.lastSequenceKnown,
      await this.#mirrorSequence([venueId, adopted, ""]),
      ownSequence,
    );
    const epoch = Math.max(summary.epoch, journal.epoch()) + 1;
    const book = new OrderBook(spec.rules);
    book.sequence = known + NUMBERS_SKIPPED;
    book.tradeNumber = position.lastTradeNumber + NUMBERS_SKIPPED;
    book.timeMs = position.lastTimeMs;
    book.lastTradePriceTicks = position.lastTradePriceTicks ?? undefined;
    book.counters = { ...book.counters, ...stateOfText(position.bookState) };

    // From here on, Postgres rejects writes of earlier epochs, so nothing changes behind this rebuild.
    await moveEpoch(spec, connect(), summary, { venueId, epoch, sequence: book.sequence });
    if (adopted !== undefined) await ownership.adopt(adopted);
    new Meta(storage.sql).write("is_rebuilding", 1);
    const tables = new RebuildTables(storage, spec, journal);
    gate.change("lost", "rebuilding");
    tables.clear();
    reload();
    progress.orders_total = summary.open;
    const keysAfterMs = Date.now() - IDEMPOTENCY_WINDOW_MS;
    for await (const page of keyedOrderPages(spec, connect, PAGE_ORDERS, keysAfterMs)) {
      progress.keys += tables.addKeys(page, keysAfterMs);
    }
    for await (const page of openOrderPages(spec, connect, PAGE_ORDERS)) {
      tables.addOrders(page, await readWaitingStops(spec, connect, page));
      progress.keys += tables.addKeys(page, keysAfterMs);
      progress.orders += page.length;
    }
    const trades = await readLastTrades(spec, connect(), RECENT_TRADES_MAX);
    const hash = this.#verify(summary, position.ordersAhead === 0 ? position.bookHash : null);
    tables.finish(book, Object.assign(new Totals(), totalsOf(summary)), trades, epoch, () => {
      gate.change("frozen", "rebuilt");
      journal.statusNotes.forgetMarket();
      new Meta(storage.sql).write("is_rebuilding", 0);
    });
    reload();
    return {
      instrument: spec.instrument,
      epoch,
      sequence: book.sequence,
      open_orders: progress.orders,
      idempotency_keys: progress.keys,
      book_hash: hash,
      is_hash_compared: position.ordersAhead === 0 && position.bookHash !== null,
      shipped_epoch: summary.epoch,
      shipped_sequence: summary.lastSequence,
      last_sequence_known: known,
      events_lost_at_least: known - summary.lastSequence,
      orders_ahead: position.ordersAhead,
      lots_without_trade: position.lotsAhead.toString(),
      rows_refused: summary.deadRows,
      elapsed_ms: Date.now() - startedMs,
    };
  }

  /**
   * Compares the stored orders, as a book, with the counts in Postgres and with the shipped hash.
   * @returns the book's hash. @throws if they differ.
   */
  #verify(summary: { open: number; openLots: string }, shippedHash: string | null): string {
    const { spec, journal } = this.#instrument;
    const book = restoreBook(spec, journal);
    const { stops } = book;
    const lots = [BUY, SELL]
      .flatMap((side) => [book.side(side).totalLots, book.side(side).hiddenLots, stops.totalLots(side)])
      .reduce((sum, part) => sum + BigInt(part), 0n);
    const orders = book.restingCount + stops.count;
    if (orders !== summary.open || String(lots) !== summary.openLots) {
      const ours = `${orders} orders of ${lots} lots`;
      throw new Error(`${ours} were rebuilt, Postgres has ${summary.open} of ${summary.openLots}`);
    }
    const hash = bookHash(book);
    if (shippedHash !== null && shippedHash !== hash) {
      throw new Error(`the rebuilt book is ${hash}, the last one shipped was ${shippedHash}`);
    }
    return hash;
  }

  /**
   * The sequence that the mirror has; 0 if there is no mirror, it does not answer, or it belongs to another
   * venue.
   */
  async #mirrorSequence(venueIds: readonly (string | undefined)[]): Promise<number> {
    const { spec } = this.#instrument;
    try {
      const redis = configuredRedis(this.#env, REQUEST_MS_MAX);
      const reply = await redis?.read(READ_BOOK_SCRIPT, mirrorKeys(spec.instrument), ["1"]);
      const head = Array.isArray(reply) && reply.length > 0 ? reply.slice(0, mirrorHead.length) : undefined;
      return head !== undefined && venueIds.includes(String(head[4])) ? Number(head[1]) : 0;
    } catch (error) {
      log("warn", "mirror_unreadable", { error: String(error) });
      return 0;
    }
  }
}

function totalsOf(
  summary: Record<"orders" | "filled" | "cancelled" | "trades", number> & Record<"lots" | "notional", string>,
) {
  const { orders, filled, cancelled, trades, lots, notional } = summary;
  return { orders, filled, cancelled, trades, lots: BigInt(lots), notional: BigInt(notional) };
}
