import type { OrderBook } from "../../../engine/book/order-book.ts";
import type { InstrumentSpec } from "../../../protocol/instrument-spec.ts";
import type { TradeView } from "../../../protocol/market-data.ts";
import { answer } from "../../calls/answer.ts";
import { requestIdentity } from "../../calls/request.ts";
import type { Journal } from "../../journal/journal.ts";
import type { OrderRecord } from "../../records/order-record.ts";
import { orderView } from "../../records/order-view.ts";
import { requestOf } from "../../records/placed-request.ts";
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

/** Writes an instrument's tables anew, page by page; each call is a transaction of its own. */
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
   * Adds open orders, both as they are now and as the base.
   * @param stops what has become of those that wait.
   */
  addOrders(records: readonly OrderRecord[], stops: ReadonlyMap<number, WaitingStop>): void {
    const journal = this.#journal;
    this.#storage.transactionSync(() => {
      const owned = records.map((record) => this.#owned(record));
      journal.orders.insert(owned);
      // Which legs of pairs are open is known when all are there.
      const isOpen = () => true;
      journal.base.insertOrders(
        owned.map((record) => {
          const open = openOrderOf(record, isOpen, stops.get(record.orderNumber));
          return { ...open, priority: record.priority };
        }),
      );
    });
  }

  /** The record under the numbers that its client and its group have here. */
  #owned(record: OrderRecord): OrderRecord {
    const client = this.#journal.clientNumber(record.clientId);
    if (record.selfTradeGroup === null) return { ...record, client };
    const groupNumber = this.#journal.groupNumber(record.clientId, record.selfTradeGroup);
    return { ...record, client, terms: { ...record.terms, groupNumber } };
  }

  /**
   * Adds the idempotency keys of those orders that were accepted after a time. The first answer went with
   * the storage: a repeat gets the order as it was when it was rebuilt.
   * @returns how many.
   */
  addKeys(records: readonly OrderRecord[], afterMs: number): number {
    const rows = records.flatMap((record) => {
      const { idempotencyKey, timeMs, clientId } = record;
      if (idempotencyKey === null || timeMs <= afterMs) return [];
      const given = answer(201, JSON.stringify(orderView(this.#spec, record)));
      // A pair was placed by one request, of which one order alone does not tell everything.
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

  /** Ends it, in one transaction with what `inTheEnd` does. @param trades the newest, newest first. */
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

  /** Rows whose third value is a client's name. */
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
