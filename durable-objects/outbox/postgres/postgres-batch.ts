import type { OrderBook } from "../../../engine/book/order-book.ts";
import { type Event, ordersNamed } from "../../../engine/vocabulary/event.ts";
import type { InstrumentSpec } from "../../../protocol/instrument-spec.ts";
import type { Journal } from "../../journal/journal.ts";
import type { OrderRecord } from "../../records/order-record.ts";
import { orderRow, type Row, tradeRow, watermarkRow } from "./postgres-rows.ts";
import { orderText, ROWS_LENGTH_MAX, type RowText, tradeText } from "./row-text.ts";

/** The rows to write for a run of events. */
export interface Batch {
  /** The sequence before the first event. */
  readonly after: number;
  readonly lastSequence: number;
  readonly orders: readonly BatchRow[];
  readonly trades: readonly BatchRow[];
  readonly watermark: Row;
}

export interface BatchRow {
  readonly row: Row;
  readonly text: RowText;
}

/** The rows of a run of events, at least one event, as many as fit into one request. */
export function batchOf(
  spec: InstrumentSpec,
  journal: Journal,
  book: OrderBook,
  events: readonly Event[],
): Batch {
  const epoch = journal.epoch();
  const records = new Map<number, OrderRecord>();
  const orders: BatchRow[] = [];
  const trades: BatchRow[] = [];
  let length = 0;
  let count = 0;
  for (const event of events) {
    const named = ordersNamed(event).map(
      (orderNumber) => records.get(orderNumber) ?? stored(journal, orderNumber),
    );
    const newOrders = named
      .filter(({ orderNumber }) => !records.has(orderNumber))
      .map((record) => {
        const row = orderRow(spec, epoch, record);
        return { row, text: orderText(row) };
      });
    const newTrades = tradeRows(spec, epoch, event, named);
    for (const { text } of newOrders) length += text.length + 1;
    for (const { text } of newTrades) length += text.length + 1;
    if (length > ROWS_LENGTH_MAX && count > 0) break;
    count++;
    for (const record of named) records.set(record.orderNumber, record);
    for (const row of newOrders) orders.push(row);
    for (const row of newTrades) trades.push(row);
  }
  const after = (events[0]?.sequence ?? 0) - 1;
  const watermark = watermarkRow(spec, epoch, events.slice(0, count), book);
  return { after, lastSequence: after + count, orders, trades, watermark };
}

function stored(journal: Journal, orderNumber: number): OrderRecord {
  const record = journal.orders.read(orderNumber);
  if (record === undefined) throw new Error(`order ${orderNumber} has an event but is not stored`);
  return record;
}

function tradeRows(
  spec: InstrumentSpec,
  epoch: number,
  event: Event,
  [maker, taker]: readonly OrderRecord[],
): BatchRow[] {
  if (event.kind !== "traded" || maker === undefined || taker === undefined) return [];
  const row = tradeRow(spec, epoch, event, maker, taker);
  return [{ row, text: tradeText(row) }];
}

export function textsOf(rows: readonly BatchRow[]): RowText[] {
  return rows.map(({ text }) => text);
}
