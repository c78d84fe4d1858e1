import type { CancelReason } from "../../engine/vocabulary/event.ts";
import { ORDER_TYPES, type OrderTerms, SELF_TRADE_MODES } from "../../engine/vocabulary/terms.ts";
import type { Side } from "../../engine/vocabulary/units.ts";
import { defined } from "../../protocol/defined.ts";
import type { OrderStatus } from "../../protocol/fields.ts";
import { isOpen, type OrderRecord, type PlacedAmounts } from "../records/order-record.ts";

/**
 * An order as it is written: its number, its place in its queue while it is open, its client order id, its
 * record.
 */
type OrderTuple = readonly [
  orderNumber: number,
  openPriority: number | null,
  clientOrder: string | null,
  record: string,
];

/** The JSON array in the column `record`. The view `order_columns` has a column for each of its elements. */
type StoredRecord = readonly [
  timeMs: number,
  clientNumber: number,
  idempotencyKey: string | null,
  clientOrderId: string | null,
  side: Side,
  /** Index in ORDER_TYPES. */
  type: number,
  /** Index in SELF_TRADE_MODES. */
  selfTrade: number,
  priceTicks: number | null,
  quantityLots: number,
  filledLots: number,
  /** Text, since it may exceed 2^53. */
  filledNotional: string,
  status: OrderStatus,
  cancelReason: CancelReason | null,
  priority: number,
  updatedSequence: number,
  updatedTimeMs: number,
  extras: RowExtras | null,
];

/** With the number of a group, in orders from when clients shared the names of groups. */
type StoredTerms = OrderTerms & { readonly selfTradeGroup?: number };

/** The fields that most orders do not have. */
interface RowExtras {
  readonly terms?: StoredTerms;
  readonly placed?: PlacedAmounts;
  readonly preventedLots?: number;
  readonly displayedLots?: number;
  readonly selfTradeGroup?: string;
}

/** A client order id, prefixed with the client's number. */
export function clientOrderOf(client: number, clientOrderId: string): string {
  return `${client} ${clientOrderId}`;
}

/** The row of an order. */
export function orderRowOf(order: OrderRecord): OrderTuple {
  const { orderNumber, client, clientOrderId } = order;
  const record: StoredRecord = [
    order.timeMs,
    client,
    order.idempotencyKey,
    clientOrderId,
    order.side,
    ORDER_TYPES.indexOf(order.type),
    SELF_TRADE_MODES.indexOf(order.selfTrade),
    order.priceTicks,
    order.quantityLots,
    order.filledLots,
    order.filledNotional.toString(),
    order.status,
    order.cancelReason,
    order.priority,
    order.updatedSequence,
    order.updatedTimeMs,
    extrasOf(order),
  ];
  const clientOrder = clientOrderId === null ? null : clientOrderOf(client, clientOrderId);
  return [orderNumber, isOpen(order) ? order.priority : null, clientOrder, JSON.stringify(record)];
}

function extrasOf(order: OrderRecord): RowExtras | null {
  const { terms, placed, preventedLots, displayedLots, selfTradeGroup } = order;
  if (terms === undefined && placed === undefined && preventedLots === 0) return null;
  return defined({
    terms,
    placed,
    preventedLots: preventedLots === 0 ? undefined : preventedLots,
    displayedLots: displayedLots ?? undefined,
    selfTradeGroup: selfTradeGroup ?? undefined,
  });
}

/** The order of a row. @param clientId the name of its client. */
export function orderRecordOf(orderNumber: number, clientId: string, record: string): OrderRecord {
  const stored: StoredRecord = JSON.parse(record);
  const [timeMs, client, idempotencyKey, clientOrderId, side, type, selfTrade, priceTicks, ...rest] = stored;
  const [quantityLots, filledLots, filledNotional, status, cancelReason, priority, ...end] = rest;
  const [updatedSequence, updatedTimeMs, extras] = end;
  return {
    orderNumber,
    timeMs,
    client,
    clientId,
    idempotencyKey,
    clientOrderId,
    selfTradeGroup: extras?.selfTradeGroup ?? null,
    side,
    type: ORDER_TYPES[type] ?? "limit",
    priceTicks,
    quantityLots,
    selfTrade: SELF_TRADE_MODES[selfTrade] ?? "none",
    terms: termsOf(extras?.terms),
    placed: extras?.placed,
    filledLots,
    filledNotional: BigInt(filledNotional),
    preventedLots: extras?.preventedLots ?? 0,
    status,
    cancelReason,
    priority,
    displayedLots: extras?.displayedLots ?? null,
    updatedSequence,
    updatedTimeMs,
  };
}

function termsOf(stored: StoredTerms | undefined): OrderTerms | undefined {
  if (stored?.selfTradeGroup === undefined) return stored;
  const { selfTradeGroup: _, ...terms } = stored;
  return terms;
}
