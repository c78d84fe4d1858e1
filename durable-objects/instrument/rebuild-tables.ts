import type { OrderBook } from "../../engine/order-book.ts";
import { BUY } from "../../engine/units.ts";
import { canonicalFromString, formatSteps } from "../../protocol/decimal.ts";
import type { InstrumentSpec } from "../../protocol/instrument-spec.ts";
import type { TradeView } from "../../protocol/market-data.ts";
import { answer } from "./answer.ts";
import type { Journal } from "./journal.ts";
import { Meta } from "./meta.ts";
import type { OrderRecord } from "./order-record.ts";
import { orderView } from "./order-view.ts";
import { requestIdentity } from "./request.ts";
import type { Totals } from "./totals.ts";

const TABLES = [
  "orders",
  "events",
  "idempotency",
  "clients",
  "watermarks",
  "base",
  "base_orders",
  "base_trades",
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
    this.#journal.forgetClients();
  }

  /** Adds open orders, both as they are now and as the base. */
  addOrders(records: readonly OrderRecord[]): void {
    const rows = records.map((record) => [
      ...[record.orderNumber, record.timeMs, record.clientId, record.idempotencyKey, record.side],
      ...[record.priceTicks, record.quantityLots, record.filledLots, record.filledNotional.toString()],
      ...[record.status, record.updatedSequence, record.updatedTimeMs],
    ]);
    this.#write(rows, [
      `INSERT INTO orders (order_number, time_ms, client_number, idempotency_key, side, price_ticks, quantity_lots,
         filled_lots, filled_notional, status, updated_sequence, updated_time_ms)
       SELECT value->>0, value->>1, client_number, value->>3, value->>4, value->>5, value->>6, value->>7, value->>8,
         value->>9, value->>10, value->>11
       FROM json_each(?) JOIN clients ON client_id = value->>2`,
      `INSERT INTO base_orders (order_number, client_number, side, price_ticks, quantity_lots, filled_lots)
       SELECT value->>0, client_number, value->>4, value->>5, value->>6, value->>7
       FROM json_each(?) JOIN clients ON client_id = value->>2`,
    ]);
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
      return [[idempotencyKey, timeMs, clientId, this.#identity(record), given]];
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
      const { base } = this.#journal;
      base.write(book, totals);
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
    const batch = JSON.stringify(rows);
    this.#storage.transactionSync(() => {
      const { sql } = this.#storage;
      sql.exec(
        "INSERT OR IGNORE INTO clients (client_id) SELECT DISTINCT value->>2 FROM json_each(?)",
        batch,
      );
      for (const statement of statements) sql.exec(statement, batch);
    });
  }

  /** What the request that made the order said, as `requestIdentity` puts it. */
  #identity({ side, type, priceTicks, quantityLots, idempotencyKey, clientId }: OrderRecord): string {
    const { tick, lot } = this.#spec;
    return requestIdentity({
      kind: "place",
      clientId,
      idempotencyKey,
      clientOrderId: null,
      terms: {},
      side: side === BUY ? "buy" : "sell",
      type,
      price: priceTicks === null ? null : canonical(formatSteps(priceTicks, tick)),
      quantity: canonical(formatSteps(quantityLots, lot)),
    });
  }
}

function canonical(text: string): string {
  const value = canonicalFromString(text);
  if (value === undefined) throw new Error(`${text} is no decimal`);
  return value;
}
