import type { Event } from "../../engine/event.ts";
import { fold } from "../../engine/fold.ts";
import { OrderBook } from "../../engine/order-book.ts";
import { BUY, SELL, type Side } from "../../engine/units.ts";
import type { InstrumentSpec } from "../../protocol/instrument-spec.ts";
import { Totals } from "./totals.ts";

/** How many trades before the journal's first event are kept. */
const TRADES_KEPT = 1000;

/** A resting order as it is stored. */
export interface RestingOrderRow extends Record<string, SqlStorageValue> {
  order_number: number;
  client_number: number;
  side: Side;
  price_ticks: number;
  quantity_lots: number;
  filled_lots: number;
}

/**
 * Where the journal begins: the book as of a sequence, from which the stored events go on. Sequence 0 and
 * nothing resting until the first events are pruned. Every method is synchronous; the caller opens the
 * transaction.
 */
export class Base {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The last sequence that the base holds; the journal begins with the next. */
  get sequence(): number {
    return this.#row()?.sequence ?? 0;
  }

  /** An empty book with the base's counters. */
  counters(spec: InstrumentSpec): OrderBook {
    const book = new OrderBook(spec.rules);
    const row = this.#row();
    if (row === undefined) return book;
    book.sequence = row.sequence;
    book.timeMs = row.time_ms;
    book.tradeNumber = row.trade_number;
    book.lastTradePriceTicks = row.last_trade_price_ticks ?? undefined;
    return book;
  }

  /** The whole book at the base. */
  book(spec: InstrumentSpec): OrderBook {
    const book = this.counters(spec);
    restAll(book, this.#sql.exec<RestingOrderRow>("SELECT * FROM base_orders ORDER BY order_number"));
    return book;
  }

  /** Counts and sums of all that happened up to the base. */
  totals(): Totals {
    const totals = new Totals();
    const row = this.#row();
    if (row === undefined) return totals;
    const { orders, filled, cancelled, trades } = row;
    return Object.assign(totals, {
      ...{ orders, filled, cancelled, trades },
      lots: BigInt(row.lots),
      notional: BigInt(row.notional),
    });
  }

  /** The last trades up to the base as they were told, newest first, at most `limit`. */
  lastTrades(limit: number): string[] {
    const query = "SELECT trade FROM base_trades ORDER BY trade_number DESC LIMIT ?";
    return Array.from(this.#sql.exec<{ trade: string }>(query, limit), ({ trade }) => trade);
  }

  /**
   * Takes the base forward over the events that follow it. Folding needs of the book only the orders that
   * the events name, so the cost is that of the events, however many orders rest.
   * @param trades those among the events by number, as they were told.
   */
  advance(spec: InstrumentSpec, events: readonly Event[], trades: ReadonlyMap<number, string>): void {
    const book = this.counters(spec);
    const totals = this.totals();
    const named = [...new Set(events.flatMap(restingOrdersNamed))];
    restAll(
      book,
      this.#sql.exec<RestingOrderRow>(
        `SELECT * FROM base_orders WHERE order_number IN (SELECT value FROM json_each(?)) ORDER BY order_number`,
        JSON.stringify(named),
      ),
    );
    for (const event of events) {
      fold(book, event);
      totals.add(event);
    }
    this.#sql.exec(
      "DELETE FROM base_orders WHERE order_number IN (SELECT value FROM json_each(?))",
      JSON.stringify(named),
    );
    this.#insertOrders(rowsOf(book));
    this.write(book, totals);
    this.keepTrades(trades);
  }

  /** Sets counters and totals; the orders and trades are the caller's. */
  write(book: OrderBook, totals: Totals): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO base VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      ...[book.sequence, book.timeMs, book.tradeNumber, book.lastTradePriceTicks ?? null],
      ...[totals.orders, totals.filled, totals.cancelled, totals.trades],
      ...[totals.lots.toString(), totals.notional.toString()],
    );
  }

  #insertOrders(rows: readonly RestingOrderRow[]): void {
    this.#sql.exec(
      `INSERT INTO base_orders (order_number, client_number, side, price_ticks, quantity_lots, filled_lots)
       SELECT value->>'order_number', value->>'client_number', value->>'side', value->>'price_ticks',
         value->>'quantity_lots', value->>'filled_lots' FROM json_each(?)`,
      JSON.stringify(rows),
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

/** Puts stored orders, in priority order, on a book. */
export function restAll(book: OrderBook, rows: Iterable<RestingOrderRow>): void {
  for (const row of rows) {
    const remainingLots = row.quantity_lots - row.filled_lots;
    const { order_number, client_number, side, price_ticks, quantity_lots } = row;
    book.rest(order_number, client_number, side, price_ticks, quantity_lots, remainingLots);
  }
}

function rowsOf(book: OrderBook): RestingOrderRow[] {
  return [...book.restingOrders(BUY), ...book.restingOrders(SELL)].map((order) => ({
    order_number: order.orderNumber,
    client_number: order.client,
    side: order.side,
    price_ticks: order.priceTicks,
    quantity_lots: order.quantityLots,
    filled_lots: order.quantityLots - order.remainingLots,
  }));
}

/** The orders that must rest, or then do, for an event to be folded. */
function restingOrdersNamed(event: Event): number[] {
  if (event.kind === "traded" || event.kind === "prevented") {
    return [event.makerOrderNumber, event.takerOrderNumber];
  }
  return event.kind !== "accepted" && "orderNumber" in event ? [event.orderNumber] : [];
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
}
