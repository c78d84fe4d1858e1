import type { CancelReason } from "../../engine/event.ts";
import type { Side } from "../../engine/units.ts";
import type { OrderStatus } from "../../protocol/fields.ts";
import type { OrderRecord } from "./order-record.ts";

/** An order of an instrument's own storage, with its client's name. */
export interface OrderRow extends Record<string, SqlStorageValue> {
  order_number: number;
  time_ms: number;
  client_number: number;
  client_id: string;
  idempotency_key: string | null;
  side: Side;
  price_ticks: number | null;
  quantity_lots: number;
  filled_lots: number;
  filled_notional: string;
  status: OrderStatus;
  cancel_reason: CancelReason | null;
  updated_sequence: number;
  updated_time_ms: number;
}

/** The record that a row holds. */
export function orderRecordOf(row: OrderRow): OrderRecord {
  return {
    orderNumber: row.order_number,
    priority: row.order_number,
    timeMs: row.time_ms,
    client: row.client_number,
    clientId: row.client_id,
    idempotencyKey: row.idempotency_key,
    clientOrderId: null,
    selfTradeGroup: null,
    side: row.side,
    type: row.price_ticks === null ? "market" : "limit",
    priceTicks: row.price_ticks,
    quantityLots: row.quantity_lots,
    selfTrade: "none",
    terms: undefined,
    placed: undefined,
    preventedLots: 0,
    displayedLots: null,
    anchorTicks: null,
    isReached: false,
    filledLots: row.filled_lots,
    filledNotional: BigInt(row.filled_notional),
    status: row.status,
    cancelReason: row.cancel_reason,
    updatedSequence: row.updated_sequence,
    updatedTimeMs: row.updated_time_ms,
  };
}
