import type { OrderRecord } from "../durable-objects/instrument/order-record.ts";
import { isoTime } from "../durable-objects/instrument/order-record.ts";
import type { CancelReason } from "../engine/event.ts";
import { BUY, SELL } from "../engine/units.ts";
import type { OrderStatus } from "../protocol/fields.ts";
import { type InstrumentSpec, notionalScale } from "../protocol/instrument-spec.ts";
import type { TradeView } from "../protocol/market-data.ts";

/** A row of `trades` as the driver gives it: bigints and numerics are text. */
export interface TradeRow {
  readonly trade_number: string;
  readonly sequence: string;
  readonly maker_order_id: string;
  readonly taker_order_id: string;
  readonly taker_side: "buy" | "sell";
  readonly price: string;
  readonly quantity: string;
  readonly executed_ms: string;
}

/** A row of `orders`, likewise. */
export interface OrderRow {
  readonly order_number: string;
  readonly client_id: string;
  readonly side: "buy" | "sell";
  readonly price_ticks: string | null;
  readonly quantity_lots: string;
  readonly filled_lots: string;
  readonly filled_notional: string;
  readonly status: OrderStatus;
  readonly cancel_reason: CancelReason | null;
  readonly updated_sequence: string;
  readonly accepted_ms: string;
  readonly updated_ms: string;
}

export function tradeOfRow(spec: InstrumentSpec, row: TradeRow): TradeView {
  const { trade_number, sequence, executed_ms, ...rest } = row;
  return {
    trade_id: Number(trade_number),
    instrument: spec.instrument,
    price: rest.price,
    quantity: rest.quantity,
    taker_side: rest.taker_side,
    maker_order_id: rest.maker_order_id,
    taker_order_id: rest.taker_order_id,
    sequence: Number(sequence),
    time: isoTime(Number(executed_ms)),
  };
}

export function orderRecord(spec: InstrumentSpec, row: OrderRow): OrderRecord {
  return {
    orderNumber: Number(row.order_number),
    timeMs: Number(row.accepted_ms),
    // The number stands for the client in its instrument's own storage only.
    client: 0,
    clientId: row.client_id,
    // History tells nobody the key: it is not even read.
    idempotencyKey: null,
    side: row.side === "buy" ? BUY : SELL,
    type: row.price_ticks === null ? "market" : "limit",
    priceTicks: row.price_ticks === null ? null : Number(row.price_ticks),
    quantityLots: Number(row.quantity_lots),
    filledLots: Number(row.filled_lots),
    filledNotional: ticksTimesLots(spec, row.filled_notional),
    status: row.status,
    cancelReason: row.cancel_reason,
    updatedSequence: Number(row.updated_sequence),
    updatedTimeMs: Number(row.updated_ms),
  };
}

/** The exact inverse of `notionalText`. */
function ticksTimesLots(spec: InstrumentSpec, notional: string): bigint {
  const [whole = "0", fraction = ""] = notional.split(".");
  const scaled = BigInt(whole + fraction.padEnd(notionalScale(spec), "0"));
  return scaled / (BigInt(spec.tick.units) * BigInt(spec.lot.units));
}
