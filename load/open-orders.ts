import { orderRow, type Row } from "../durable-objects/outbox/postgres/postgres-rows.ts";
import { acceptedRecord } from "../durable-objects/records/order-record.ts";
import type { Event } from "../engine/vocabulary/event.ts";
import { BUY, SELL } from "../engine/vocabulary/units.ts";
import { type InstrumentSpec, readInstrumentSpecs } from "../protocol/instrument-spec.ts";

/** The configuration of a benchmark's instrument. */
export const INSTRUMENTS = [
  {
    instrument: "BTC-USD",
    number: 1,
    base_asset: "BTC",
    quote_asset: "USD",
    tick_size: "0.01",
    lot_size: "0.00000001",
    minimum_price: "0.01",
    maximum_price: "10000000",
    minimum_quantity: "0.00000001",
    maximum_quantity: "10000",
    // The clients of a benchmark may have any number of orders.
    maximum_open_orders_per_client: 1_000_000,
  },
];
const [spec] = readInstrumentSpecs(INSTRUMENTS) as [InstrumentSpec];

const MID_PRICE_TICKS = 5_000_000;

/** Resting rows of `orders`, as the outbox would write them. Each took two events. */
export function orderRows(first: number, last: number, clients: number, levels: number): Row[] {
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const count = first + index;
    const orderNumber = 2 * count - 1;
    const side = count % 2 === 0 ? BUY : SELL;
    const distance = 1 + ((count * 7919) % levels);
    const accepted = {
      kind: "accepted",
      sequence: orderNumber,
      orderNumber,
      timeMs: 1_760_000_000_000 + count,
      side,
      client: 0,
      type: "limit",
      priceTicks: MID_PRICE_TICKS + (side === BUY ? -distance : distance),
      quantityLots: 1 + (count % 1000),
      selfTrade: "none",
      terms: undefined,
    } as Event & { kind: "accepted" };
    const record = acceptedRecord(accepted, {
      clientId: `client-${count % clients}`,
      idempotencyKey: `key-${count}`,
      clientOrderId: null,
      selfTradeGroup: null,
    });
    record.updatedSequence = orderNumber + 1;
    return orderRow(spec, 1, record);
  });
}
