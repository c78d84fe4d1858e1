import type { DatabaseSync } from "node:sqlite";
import { Journal } from "../../durable-objects/journal/journal.ts";
import { acceptedRecord, type OrderRecord } from "../../durable-objects/records/order-record.ts";
import { openOrderOf } from "../../durable-objects/storage/open-order.ts";
import { Totals } from "../../durable-objects/storage/totals.ts";
import { OrderBook } from "../../engine/book/order-book.ts";
import type { OrderTerms, OrderType } from "../../engine/vocabulary/terms.ts";
import type { TradingStatus } from "../../engine/vocabulary/trading-status.ts";
import type {
  ClientNumber,
  OrderNumber,
  PriceTicks,
  QuantityLots,
  Sequence,
  Side,
  TimeMs,
} from "../../engine/vocabulary/units.ts";
import { type InstrumentSpec, readInstrumentSpecs } from "../../protocol/instrument-spec.ts";
import { sqlStorage } from "../system/support/instrument-file.ts";

/** The client of all affected orders. */
export const MANY = "many";
/** Above all bounds of a client that a venue would set, which are not the subject here. */
const UNBOUNDED = 10_000_000;

export const INSTRUMENT = "LIMIT-USD";
export const INSTRUMENTS = [
  {
    instrument: INSTRUMENT,
    number: 1,
    base_asset: "LIMIT",
    quote_asset: "USD",
    tick_size: "1",
    lot_size: "1",
    minimum_price: "1",
    maximum_price: "10000000",
    minimum_quantity: "1",
    maximum_quantity: "10000000",
    maximum_resting_orders: UNBOUNDED,
    maximum_open_orders_per_client: UNBOUNDED,
    maximum_waiting_stops_per_client: UNBOUNDED,
    maximum_waiting_stops: UNBOUNDED,
    maximum_iceberg_slices: UNBOUNDED,
    maximum_keys_per_client: UNBOUNDED,
  },
];
const [spec] = readInstrumentSpecs(INSTRUMENTS) as [InstrumentSpec];

/** An order in the initial book. */
export interface SeededOrder {
  readonly side: Side;
  readonly type: OrderType;
  readonly priceTicks: number | null;
  readonly quantityLots: number;
  readonly terms?: OrderTerms;
}

const WRITTEN_AT_ONCE = 10_000;

/**
 * Writes open orders of one client into an instrument's own database, whose tables exist and are empty. The
 * rows are those of orders that were placed one by one, with the journal pruned behind them.
 */
export function writeBook(
  database: DatabaseSync,
  orders: Iterable<SeededOrder>,
  status: TradingStatus,
  timeMs: number,
): void {
  const journal = new Journal(sqlStorage(database));
  database.exec("PRAGMA synchronous = off; BEGIN");
  const client = journal.clientNumber(MANY);
  let records: OrderRecord[] = [];
  let count = 0;
  const write = () => {
    journal.orders.insert(records);
    const opens = records.map((record) => openOrderOf(record, () => true, undefined));
    journal.base.insertOrders(
      opens.map((order, index) => ({ ...order, priority: records[index]?.priority ?? 0 })),
    );
    records = [];
  };
  for (const order of orders) {
    records.push(recordOf(order, client, ++count, timeMs));
    if (records.length === WRITTEN_AT_ONCE) write();
  }
  write();
  const book = new OrderBook(spec.rules);
  Object.assign(book, { sequence: 2 * count, timeMs, status });
  journal.base.write(book, Object.assign(new Totals(), { orders: count }));
  journal.state.write(book);
  database.exec("COMMIT");
}

/** Each order took two events: it was accepted, and it rested or waited. */
function recordOf(order: SeededOrder, client: number, count: number, timeMs: number): OrderRecord {
  const number = 2 * count - 1;
  const { side, type, priceTicks, quantityLots, terms } = order;
  const event = {
    ...({ kind: "accepted", selfTrade: "none" } as const),
    side,
    type,
    terms,
    client: client as ClientNumber,
    sequence: number as Sequence,
    orderNumber: number as OrderNumber,
    timeMs: timeMs as TimeMs,
    priceTicks: (priceTicks ?? undefined) as PriceTicks,
    quantityLots: quantityLots as QuantityLots,
  };
  const owner = { clientId: MANY, idempotencyKey: null, clientOrderId: null, selfTradeGroup: null };
  const record = acceptedRecord(event, owner);
  record.status = type === "stop" ? "waiting" : "open";
  record.priority = number + 1;
  record.updatedSequence = number + 1;
  record.displayedLots = terms?.displayLots ?? null;
  return record;
}
