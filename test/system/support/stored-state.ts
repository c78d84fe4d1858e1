import { readAnswer } from "../../../durable-objects/calls/answer.ts";
import type { Journal } from "../../../durable-objects/journal/journal.ts";
import { restoreBook } from "../../../durable-objects/journal/restore.ts";
import { orderBookView } from "../../../durable-objects/records/book-view.ts";
import {
  acceptedRecord,
  type OrderRecord,
  updateRecord,
} from "../../../durable-objects/records/order-record.ts";
import { publicOrderView, tradeView } from "../../../durable-objects/records/order-view.ts";
import { OrderBook } from "../../../engine/book/order-book.ts";
import { stateHash } from "../../../engine/book/state-hash.ts";
import { fold } from "../../../engine/fold.ts";
import { ordersNamed } from "../../../engine/vocabulary/event.ts";
import type { InstrumentSpec } from "../../../protocol/instrument-spec.ts";
import type { OrderBookView, TradeView } from "../../../protocol/market-data.ts";
import type { PublicOrderView } from "../../../protocol/order-entry.ts";

/** Events contain no names. */
const NOBODY = { clientId: "", idempotencyKey: null, clientOrderId: null, selfTradeGroup: null };

/** The state in an instrument's file, in the form of the public API. */
export interface StoredState {
  readonly book: OrderBookView;
  readonly trades: ReadonlyMap<number, TradeView>;
  /** By id. */
  readonly orders: ReadonlyMap<string, PublicOrderView>;
  /** The stored answer of each client and key. */
  readonly answers: ReadonlyMap<string, { readonly status: number; readonly body: string }>;
  /** The order of each client and key. */
  readonly orderIds: ReadonlyMap<string, string>;
}

export function keyOf(clientId: string, idempotencyKey: string): string {
  return `${clientId} ${idempotencyKey}`;
}

/**
 * Folds the journal from its first event and compares every other table with it.
 * @throws if they disagree, or if the journal has a gap.
 */
export function readStoredState(spec: InstrumentSpec, journal: Journal, sql: SqlStorage): StoredState {
  const folded = new OrderBook(spec.rules);
  const records = new Map<number, OrderRecord>();
  const trades = new Map<number, TradeView>();
  const record = (orderNumber: number): OrderRecord => {
    return records.get(orderNumber) ?? fail(`an event changes order ${orderNumber}, which never entered`);
  };
  for (const event of journal.eventsAfter(0)) {
    if (event.kind === "traded" && event.tradeNumber !== folded.tradeNumber + 1) {
      fail(`trade ${event.tradeNumber} follows ${folded.tradeNumber}`);
    }
    // Rejects an event that does not follow the previous sequence.
    fold(folded, event);
    if (event.kind === "accepted") {
      records.set(event.orderNumber, acceptedRecord(event, NOBODY));
      continue;
    }
    for (const orderNumber of ordersNamed(event)) updateRecord(record(orderNumber), event);
    if (event.kind !== "traded") continue;
    trades.set(
      event.tradeNumber,
      tradeView(spec, event, (orderNumber) => record(orderNumber).timeMs),
    );
  }
  const [foldHash, restoredHash] = [stateHash(folded), stateHash(restoreBook(spec, journal))];
  if (foldHash !== restoredHash) fail(`the journal folds to ${foldHash}, the orders restore ${restoredHash}`);
  const book = orderBookView(spec, journal.epoch(), folded, Number.POSITIVE_INFINITY);
  return { book, trades, ...readOrders(spec, journal, sql, records), answers: readAnswers(sql) };
}

/** Every stored order, compared with the one that the journal's events make. */
function readOrders(
  spec: InstrumentSpec,
  journal: Journal,
  sql: SqlStorage,
  records: ReadonlyMap<number, OrderRecord>,
): Pick<StoredState, "orders" | "orderIds"> {
  const orders = new Map<string, PublicOrderView>();
  const orderIds = new Map<string, string>();
  for (const { order_number } of sql.exec<{ order_number: number }>("SELECT order_number FROM orders")) {
    const stored = journal.orders.read(order_number) ?? fail(`order ${order_number} has no client`);
    const view = publicOrderView(spec, stored);
    const evented = records.get(order_number) ?? fail(`order ${order_number} never entered`);
    const expected = JSON.stringify(publicOrderView(spec, evented));
    if (JSON.stringify(view) !== expected) fail(`stored ${JSON.stringify(view)}\nevents ${expected}`);
    const key = keyOf(stored.clientId, stored.idempotencyKey ?? fail(`order ${order_number} has no key`));
    if (orderIds.has(key)) fail(`key ${key} has two orders`);
    orderIds.set(key, view.order_id);
    orders.set(view.order_id, view);
  }
  if (orders.size !== records.size) fail(`${records.size} orders entered, ${orders.size} are stored`);
  return { orders, orderIds };
}

function readAnswers(sql: SqlStorage): StoredState["answers"] {
  const rows = sql.exec<{ client_id: string; idempotency_key: string; answer: string }>(
    "SELECT client_id, idempotency_key, answer FROM idempotency JOIN clients USING (client_number)",
  );
  return new Map(
    Array.from(rows, (row) => [keyOf(row.client_id, row.idempotency_key), readAnswer(row.answer)]),
  );
}

function fail(message: string): never {
  throw new Error(message);
}
