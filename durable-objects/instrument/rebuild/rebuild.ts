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

/** Counting a long history takes a while. */
const REQUEST_MS_MAX = 60_000;
const PAGE_ORDERS = 10_000;
/**
 * Numbers that were given after the last one shipped went with the storage, and clients hold them: the new
 * epoch begins so much further on that none of them is given again.
 */
const NUMBERS_SKIPPED = 1_000_000;

/** What a rebuild needs of the instrument. */
export interface RebuiltInstrument {
  readonly storage: DurableObjectStorage;
  readonly spec: InstrumentSpec;
  readonly journal: Journal;
  readonly gate: Gate;
  readonly ownership: Ownership;
  /** Brings the memory to what is stored. */
  readonly reload: () => void;
}

/**
 * Rebuilds an instrument whose storage was lost from what was shipped to Postgres: its open orders with
 * their numbers and priority, its counters, its last trades, and the idempotency keys of the window, under
 * a new epoch. Until it is done and verified the instrument is `lost`, through any restart; then it is
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

  /** How far the rebuild is that is under way; null where none is. */
  get progress(): RebuildProgress | null {
    return this.#progress;
  }

  /**
   * @param discardsJournal whether to go on although the instrument has its storage: what it holds is given up.
   * @param adopted the venue whose rows are taken over, "none" for rows that carry no venue's id; undefined to
   *   refuse all but this venue's.
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
          : "the rebuild failed and can be run again; the log says why";
      return problemAnswer({ code: "operation_refused", detail });
    } finally {
      this.#progress = null;
    }
  }

  #refusal(discardsJournal: boolean): string | undefined {
    const { gate } = this.#instrument;
    if (this.#progress !== null) return "a rebuild is under way";
    if (this.#env.DATABASE_URL === undefined) return "there is no database to rebuild from";
    if (gate.status === "lost" || (gate.status === "frozen" && discardsJournal)) return undefined;
    return gate.status === "frozen"
      ? "the instrument has its storage; to give that up, say so with discard_journal=true"
      : "the instrument is trading; freeze it first";
  }

  /** The id of this venue. @throws OtherVenueError if the rows are of one that is not named to be taken over. */
  async #venueIdFor({ venueId: owner }: PostgresSummary, adopted: string | undefined): Promise<string> {
    const { spec, ownership } = this.#instrument;
    const venueId = await ownership.venueId();
    if (owner === venueId || (owner ?? NO_VENUE) === adopted) return venueId;
    const whose = `Postgres has ${spec.instrument} of venue ${owner ?? NO_VENUE}; this is venue ${venueId}`;
    throw new OtherVenueError(`${whose}; to take it over, say adopt=${owner ?? NO_VENUE}`);
  }

  async #rebuild(progress: RebuildProgress, adopted: string | undefined): Promise<RebuildReport> {
    const startedMs = Date.now();
    const { storage, spec, journal, gate, ownership, reload } = this.#instrument;
    const { DATABASE_URL = "", NEON_FETCH_ENDPOINT } = this.#env;
    const connect = (): Sql => connectPostgres(DATABASE_URL, NEON_FETCH_ENDPOINT, REQUEST_MS_MAX);
    const summary = await readPostgresSummary(spec.instrument, connect());
    if (summary.lastSequence === 0) throw new Error("Postgres has nothing of the instrument");
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

    // From here on nothing of an earlier epoch gets into Postgres, and nothing passes here.
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
   * Holds the stored orders, as a book, against what Postgres counted and the hash it was given.
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

  /** The sequence that the mirror has seen; 0 where there is none, it does not say, or it is of none of the venues. */
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
