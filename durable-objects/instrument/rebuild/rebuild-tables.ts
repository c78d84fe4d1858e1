import type { OrderBook } from "../../../engine/book/order-book.ts";
import type { InstrumentSpec } from "../../../protocol/instrument-spec.ts";
import type { TradeView } from "../../../protocol/market-data.ts";
import { answer } from "../../calls/answer.ts";
import { requestIdentity } from "../../calls/call.ts";
import type { Journal } from "../../journal/journal.ts";
import type { OrderRecord } from "../../records/order-record.ts";
import { orderView } from "../../records/order-view.ts";
import { requestOf } from "../../records/placed-call.ts";
import { jsonChunks } from "../../runtime/json-chunks.ts";
import type { WaitingStop } from "../../storage/book-state.ts";
import { Meta } from "../../storage/meta.ts";
import { openOrderOf } from "../../storage/open-order.ts";
import type { Totals } from "../../storage/totals.ts";
import { ANY_REQUEST } from "../flush/answered.ts";

const TABLES = [
  "orders",
  "events",
  "idempotency",
  "answer_parts",
  "clients",
  "free_client_numbers",
  "watermarks",
  "base",
  "base_open_orders",
  "waiting_stops",
  "book_state",
  "base_trades",
  "report_clients",
  "reports",
  "cancel_timers",
  "tied_clients",
  "statistics",
  "minutes",
  "client_statistics",
];

/** Rewrites an instrument's tables, page by page. Each call is a transaction of its own. */
export class RebuildTables {
  readonly #storage: DurableObjectStorage;
  readonly #spec: InstrumentSpec;
  readonly #journal: Journal;

  constructor(storage: DurableObjectStorage, spec: InstrumentSpec, journal: Journal) {
    this.#storage = storage;
    this.#spec = spec;
    this.#journal = journal;
  }

  clear(): void {
    this.#storage.transactionSync(() => {
      for (const table of TABLES) this.#storage.sql.exec(`DELETE FROM ${table}`);
    });
    this.#journal.forget();
  }

  /**
   * Adds open orders, as current orders and as the base.
   * @param stops the state of waiting stops.
   */
  addOrders(records: readonly OrderRecord[], stops: ReadonlyMap<number, WaitingStop>): void {
    const journal = this.#journal;
    this.#storage.transactionSync(() => {
      const owned = records.map((record) => this.#owned(record));
      journal.orders.insert(owned);
      // The open legs of pairs are known only once all orders are there.
      const isOpen = () => true;
      journal.base.insertOrders(
        owned.map((record) => {
          const open = openOrderOf(record, isOpen, stops.get(record.orderNumber));
          return { ...open, priority: record.priority };
        }),
      );
    });
  }

  /** The record with the numbers that its client and its group have here. */
  #owned(record: OrderRecord): OrderRecord {
    const client = this.#journal.clientNumber(record.clientId);
    if (record.selfTradeGroup === null) return { ...record, client };
    const groupNumber = this.#journal.groupNumber(record.clientId, record.selfTradeGroup);
    return { ...record, client, terms: { ...record.terms, groupNumber } };
  }

  /**
   * Adds the idempotency keys of orders that were accepted after a time. The original answers were lost with
   * the storage: a repeat gets the order in its state at the rebuild.
   * @returns the number of keys.
   */
  addKeys(records: readonly OrderRecord[], afterMs: number): number {
    const rows = records.flatMap((record) => {
      const { idempotencyKey, timeMs, clientId } = record;
      if (idempotencyKey === null || timeMs <= afterMs) return [];
      const given = answer(201, JSON.stringify(orderView(this.#spec, record)));
      // One request placed both orders of a pair, so one order alone does not describe it.
      const isLeg = record.terms?.linkedTo !== undefined;
      const identity = isLeg ? ANY_REQUEST : requestIdentity(requestOf(this.#spec, record));
      return [[idempotencyKey, timeMs, clientId, identity, given]];
    });
    this.#write(rows, [
      `INSERT INTO idempotency (client_number, idempotency_key, time_ms, request, answer)
       SELECT client_number, value->>0, value->>1, value->>3, value->>4
       FROM json_each(?) JOIN clients ON client_id = value->>2`,
    ]);
    return rows.length;
  }

  /**
   * Completes the rebuild, in one transaction with `inTheEnd`. @param trades the newest trades, newest first.
   */
  finish(
    book: OrderBook,
    totals: Totals,
    trades: readonly TradeView[],
    epoch: number,
    inTheEnd: () => void,
  ): void {
    this.#storage.transactionSync(() => {
      const { base, state } = this.#journal;
      base.unlinkLoneLegs();
      base.write(book, totals);
      state.write(base.book(this.#spec));
      base.keepTrades(new Map(trades.toReversed().map((trade) => [trade.trade_id, JSON.stringify(trade)])));
      new Meta(this.#storage.sql).write("epoch", epoch);
      this.#storage.sql.exec(
        "INSERT INTO watermarks (sink, last_sequence) VALUES ('postgres', ?)",
        book.sequence,
      );
      inTheEnd();
    });
  }

  /** Writes rows whose third value is the name of a client. */
  #write(rows: readonly (readonly (string | number | null)[])[], statements: readonly string[]): void {
    this.#storage.transactionSync(() => {
      const { sql } = this.#storage;
      for (const batch of jsonChunks(rows)) {
        sql.exec(
          "INSERT OR IGNORE INTO clients (client_id, used_ms) SELECT DISTINCT value->>2, ? FROM json_each(?)",
          Date.now(),
          batch,
        );
        for (const statement of statements) sql.exec(statement, batch);
      }
    });
  }
}
