import type { BookCounters, OrderBook } from "../../engine/book/order-book.ts";
import { bookOf, type OpenOrder, openOrders } from "../../engine/book/snapshot.ts";
import { fold } from "../../engine/fold.ts";
import { type Event, ordersNamed } from "../../engine/vocabulary/event.ts";
import { SELF_TRADE_MODES } from "../../engine/vocabulary/terms.ts";
import type { Side } from "../../engine/vocabulary/units.ts";
import type { InstrumentSpec } from "../../protocol/instrument-spec.ts";
import { jsonChunks } from "../runtime/json-chunks.ts";
import { stateOfText, stateText } from "../storage/book-state.ts";
import { Totals } from "../storage/totals.ts";

/** The number of trades kept from before the journal's first event. */
const TRADES_KEPT = 1000;

/** An open order as it is stored. */
interface OpenOrderRow extends Record<string, SqlStorageValue> {
  order_number: number;
  priority: number;
  client_number: number;
  side: Side;
  price_ticks: number | null;
  quantity_lots: number;
  remaining_lots: number;
  /** Index in SELF_TRADE_MODES. */
  self_trade: number;
  is_waiting: number;
  /** The fields that a plain order does not have, as JSON. */
  extras: string | null;
}

type StoredExtras = Partial<Pick<OpenOrder, "terms" | "displayedLots" | "anchorTicks" | "isReached">>;

/**
 * The state where the journal begins: the book at a sequence, from which the stored events continue. Until
 * the first events are pruned, this is sequence 0 with an empty book. Every method is synchronous; the caller
 * opens the transaction.
 */
export class Base {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The last sequence in the base. The journal begins with the next one. */
  get sequence(): number {
    return this.#row()?.sequence ?? 0;
  }

  /** The counters of the book at the base. */
  counters(): BookCounters {
    const row = this.#row();
    return {
      sequence: row?.sequence ?? 0,
      timeMs: row?.time_ms ?? 0,
      tradeNumber: row?.trade_number ?? 0,
      lastTradePriceTicks: row?.last_trade_price_ticks ?? undefined,
      ...stateOfText(row?.state),
    };
  }

  /** The whole book at the base. */
  book(spec: InstrumentSpec): OrderBook {
    const rows = this.#sql.exec<OpenOrderRow>("SELECT * FROM base_open_orders ORDER BY priority");
    return bookOf(spec.rules, this.counters(), openOrdersOf(rows));
  }

  /** Counts and sums of everything up to the base. */
  totals(): Totals {
    const totals = new Totals();
    const row = this.#row();
    if (row === undefined) return totals;
    const { orders, filled, cancelled, trades } = row;
    return Object.assign(totals, {
      orders,
      filled,
      cancelled,
      trades,
      lots: BigInt(row.lots),
      notional: BigInt(row.notional),
    });
  }

  /** The last trades up to the base as they were published, newest first, at most `limit`. */
  lastTrades(limit: number): string[] {
    const query = "SELECT trade FROM base_trades ORDER BY trade_number DESC LIMIT ?";
    return Array.from(this.#sql.exec<{ trade: string }>(query, limit), ({ trade }) => trade);
  }

  /**
   * Advances the base over the events that follow it. Of the book, this needs only the orders that the events
   * name, the other legs of their pairs, and the trailing stops, which follow trades. The cost therefore does
   * not depend on the number of open orders.
   * @param trades the trades among the events by number, as they were published.
   */
  advance(spec: InstrumentSpec, events: readonly Event[], trades: ReadonlyMap<number, string>): void {
    const rows = this.#rowsFor(new Set(events.flatMap(ordersNamed)));
    const book = bookOf(spec.rules, this.counters(), openOrdersOf(rows));
    const priorities = new Map(rows.map((row) => [row.order_number, row.priority]));
    const totals = this.totals();
    for (const event of events) {
      fold(book, event);
      totals.add(event);
      if (event.kind === "rested" || event.kind === "replenished" || event.kind === "armed")
        priorities.set(event.orderNumber, event.sequence);
    }
    for (const numbers of jsonChunks(rows.map((row) => row.order_number)))
      this.#sql.exec(
        "DELETE FROM base_open_orders WHERE order_number IN (SELECT value FROM json_each(?))",
        numbers,
      );
    this.insertOrders(
      Array.from(openOrders(book), (order) => ({
        ...order,
        priority: priorities.get(order.orderNumber) ?? order.orderNumber,
      })),
    );
    this.write(book, totals);
    this.keepTrades(trades);
  }

  /** The rows of orders, of the other legs of their pairs, and of the trailing stops. */
  #rowsFor(orderNumbers: ReadonlySet<number>): OpenOrderRow[] {
    const rows = new Map<number, OpenOrderRow>();
    const add = (found: Iterable<OpenOrderRow>) => {
      for (const row of found) rows.set(row.order_number, row);
    };
    const addNumbered = (numbers: Iterable<number>) => {
      const query = "SELECT * FROM base_open_orders WHERE order_number IN (SELECT value FROM json_each(?))";
      for (const chunk of jsonChunks(numbers)) add(this.#sql.exec<OpenOrderRow>(query, chunk));
    };
    addNumbered(orderNumbers);
    add(
      this.#sql.exec<OpenOrderRow>(
        "SELECT * FROM base_open_orders WHERE is_waiting = 1 AND extras->>'$.terms.stopPriceTicks' IS NULL",
      ),
    );
    const pairedWith = Array.from(rows.values(), ({ extras }) => extrasOf(extras).terms?.linkedTo);
    addNumbered(pairedWith.filter((orderNumber) => orderNumber !== undefined));
    return [...rows.values()].sort((a, b) => a.priority - b.priority);
  }

  /** Writes counters and totals. The caller writes the orders and trades. */
  write(book: OrderBook, totals: Totals): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO base VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      book.sequence,
      book.timeMs,
      book.tradeNumber,
      book.lastTradePriceTicks ?? null,
      totals.orders,
      totals.filled,
      totals.cancelled,
      totals.trades,
      totals.lots.toString(),
      totals.notional.toString(),
      stateText(book),
    );
  }

  /** Adds orders to those of the base. */
  insertOrders(orders: readonly (OpenOrder & { readonly priority: number })[]): void {
    const rows = orders.map((order) => [
      order.orderNumber,
      order.priority,
      order.client,
      order.side,
      order.priceTicks ?? null,
      order.quantityLots,
      order.remainingLots,
      SELF_TRADE_MODES.indexOf(order.selfTrade),
      Number(order.isWaiting),
      extrasText(order),
    ]);
    const columns = Array.from({ length: 10 }, (_, index) => `value->>${index}`);
    for (const values of jsonChunks(rows))
      this.#sql.exec(`INSERT INTO base_open_orders SELECT ${columns.join(", ")} FROM json_each(?)`, values);
  }

  /** Removes the link from orders of a pair whose other leg has ended. */
  unlinkLoneLegs(): void {
    this.#sql.exec(
      `UPDATE base_open_orders SET extras = json_remove(extras, '$.terms.linkedTo')
       WHERE extras->>'$.terms.linkedTo' IS NOT NULL
         AND extras->>'$.terms.linkedTo' NOT IN (SELECT order_number FROM base_open_orders)`,
    );
  }

  /** Keeps the last trades up to the base. @param trades by number, oldest first, all after those kept. */
  keepTrades(trades: ReadonlyMap<number, string>): void {
    for (const [tradeNumber, trade] of [...trades].slice(-TRADES_KEPT)) {
      this.#sql.exec("INSERT INTO base_trades (trade_number, trade) VALUES (?, ?)", tradeNumber, trade);
    }
    const oldestKept = "SELECT trade_number FROM base_trades ORDER BY trade_number DESC LIMIT 1 OFFSET ?";
    this.#sql.exec(`DELETE FROM base_trades WHERE trade_number < (${oldestKept})`, TRADES_KEPT - 1);
  }

  #row(): BaseRow | undefined {
    return this.#sql.exec<BaseRow>("SELECT * FROM base").toArray()[0];
  }
}

function* openOrdersOf(rows: Iterable<OpenOrderRow>): Generator<OpenOrder> {
  for (const row of rows) {
    const extras = extrasOf(row.extras);
    yield {
      orderNumber: row.order_number,
      client: row.client_number,
      side: row.side,
      priceTicks: row.price_ticks ?? undefined,
      quantityLots: row.quantity_lots,
      remainingLots: row.remaining_lots,
      selfTrade: SELF_TRADE_MODES[row.self_trade] ?? "none",
      terms: extras.terms,
      displayedLots: extras.displayedLots ?? row.remaining_lots,
      isWaiting: row.is_waiting === 1,
      anchorTicks: extras.anchorTicks,
      isReached: extras.isReached ?? false,
    };
  }
}

function extrasOf(text: string | null): StoredExtras {
  return text === null ? {} : JSON.parse(text);
}

function extrasText({ terms, displayedLots, anchorTicks, isReached }: OpenOrder): string | null {
  if (terms === undefined) return null;
  // For a stop with a fixed price, the state of the book determines whether it is reached.
  const isFixed = terms.stopPriceTicks !== undefined;
  return JSON.stringify({ terms, displayedLots, anchorTicks, isReached: isReached && !isFixed });
}

interface BaseRow extends Record<string, SqlStorageValue> {
  sequence: number;
  time_ms: number;
  trade_number: number;
  last_trade_price_ticks: number | null;
  orders: number;
  filled: number;
  cancelled: number;
  trades: number;
  lots: string;
  notional: string;
  /** Null if the book is in its usual state; see `stateText`. */
  state: string | null;
}
