import type { CancelReason } from "../../engine/event.ts";
import { ORDER_TYPES, type OrderTerms, SELF_TRADE_MODES } from "../../engine/terms.ts";
import type { Side } from "../../engine/units.ts";
import type { OrderStatus } from "../../protocol/fields.ts";
import { defined } from "../../protocol/instrument-rules.ts";
import type { OrderRecord, PlacedAmounts } from "./order-record.ts";

/** An order of an instrument's own storage, with its client's name. */
export interface OrderRow extends Record<string, SqlStorageValue> {
  order_number: number;
  time_ms: number;
  client_number: number;
  client_id: string;
  idempotency_key: string | null;
  client_order_id: string | null;
  side: Side;
  /** Place in ORDER_TYPES; null of an order from before there were others than limit and market orders. */
  type: number | null;
  /** Place in SELF_TRADE_MODES; likewise, when all were `none`. */
  self_trade: number | null;
  price_ticks: number | null;
  quantity_lots: number;
  filled_lots: number;
  filled_notional: string;
  status: OrderStatus;
  cancel_reason: CancelReason | null;
  /** Null of one that had ended before there were priorities. */
  priority: number | null;
  extras: string | null;
  updated_sequence: number;
  updated_time_ms: number;
}

/** What most orders do not have. */
interface Extras {
  readonly terms?: OrderTerms;
  readonly placed?: PlacedAmounts;
  readonly preventedLots?: number;
  readonly displayedLots?: number;
  readonly selfTradeGroup?: string;
}

/** What an order has beyond a plain one as it is stored; null if nothing. */
export function extrasText(record: OrderRecord): string | null {
  const { terms, placed, preventedLots, displayedLots, selfTradeGroup } = record;
  if (terms === undefined && placed === undefined && preventedLots === 0) return null;
  return JSON.stringify(
    defined({
      terms,
      placed,
      preventedLots: preventedLots === 0 ? undefined : preventedLots,
      displayedLots: displayedLots ?? undefined,
      selfTradeGroup: selfTradeGroup ?? undefined,
    }),
  );
}

/** The record that a row holds. */
export function orderRecordOf(row: OrderRow): OrderRecord {
  const extras: Extras = row.extras === null ? {} : JSON.parse(row.extras);
  return {
    orderNumber: row.order_number,
    timeMs: row.time_ms,
    client: row.client_number,
    clientId: row.client_id,
    idempotencyKey: row.idempotency_key,
    clientOrderId: row.client_order_id,
    selfTradeGroup: extras.selfTradeGroup ?? null,
    side: row.side,
    type: ORDER_TYPES[row.type ?? (row.price_ticks === null ? 1 : 0)] ?? "limit",
    priceTicks: row.price_ticks,
    quantityLots: row.quantity_lots,
    selfTrade: SELF_TRADE_MODES[row.self_trade ?? 0] ?? "none",
    terms: extras.terms,
    placed: extras.placed,
    filledLots: row.filled_lots,
    filledNotional: BigInt(row.filled_notional),
    preventedLots: extras.preventedLots ?? 0,
    status: row.status,
    cancelReason: row.cancel_reason,
    priority: row.priority ?? row.order_number,
    displayedLots: extras.displayedLots ?? null,
    updatedSequence: row.updated_sequence,
    updatedTimeMs: row.updated_time_ms,
  };
}
