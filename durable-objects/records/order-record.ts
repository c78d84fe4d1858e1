import type { CancelReason, Event } from "../../engine/vocabulary/event.ts";
import type { OrderTerms, OrderType, SelfTradeMode } from "../../engine/vocabulary/terms.ts";
import { notional, type Side } from "../../engine/vocabulary/units.ts";
import type { OrderStatus } from "../../protocol/fields.ts";

/** Everything the venue knows of one order. Amounts are ticks and lots. */
export interface OrderRecord extends OrderOwner {
  readonly orderNumber: number;
  readonly timeMs: number;
  readonly client: number;
  readonly side: Side;
  /** As it was placed: a stop stays one, also after it was triggered. */
  readonly type: OrderType;
  /** The limit as it is now. */
  priceTicks: number | null;
  /** The quantity as it is now, amended and decremented; zero by quote budget. */
  quantityLots: number;
  readonly selfTrade: SelfTradeMode;
  /** As they are now, with the link to the other leg of a pair also when that has ended. */
  terms: OrderTerms | undefined;
  /** What the request said, once an amendment or a decrement has changed it. */
  placed: PlacedAmounts | undefined;
  filledLots: number;
  /** Exact sum of ticks × lots over the order's fills. */
  filledNotional: bigint;
  /** Lots that were kept from trading with an order of the same group. */
  preventedLots: number;
  status: OrderStatus;
  cancelReason: CancelReason | null;
  /** Place in its queue: the sequence of the last event that put it at the back of a level; its number before. */
  priority: number;
  /** What an iceberg shows; null of any other order. */
  displayedLots: number | null;
  updatedSequence: number;
  updatedTimeMs: number;
}

/** Whose an order is, by the names that clients use. */
export interface OrderOwner {
  readonly clientId: string;
  readonly idempotencyKey: string | null;
  readonly clientOrderId: string | null;
  /** The group of `terms.groupNumber`, by name. */
  readonly selfTradeGroup: string | null;
}

/** The amounts of a request. */
export interface PlacedAmounts {
  readonly priceTicks: number | null;
  readonly quantityLots: number;
  readonly stopPriceTicks?: number;
  /** The sequence from which on a stop has waited at another price than that of the request, or at it again. */
  readonly stopMovedSequence?: number;
}

/** The record of an order that was accepted just now. */
export function acceptedRecord(event: Event & { kind: "accepted" }, owner: OrderOwner): OrderRecord {
  const { clientId, idempotencyKey, clientOrderId, selfTradeGroup } = owner;
  return {
    orderNumber: event.orderNumber,
    timeMs: event.timeMs,
    client: event.client,
    clientId,
    idempotencyKey,
    clientOrderId,
    selfTradeGroup,
    side: event.side,
    type: event.type,
    priceTicks: event.priceTicks ?? null,
    quantityLots: event.quantityLots,
    selfTrade: event.selfTrade,
    terms: event.terms,
    placed: undefined,
    filledLots: 0,
    filledNotional: 0n,
    preventedLots: 0,
    status: "open",
    cancelReason: null,
    priority: event.orderNumber,
    displayedLots: null,
    updatedSequence: event.sequence,
    updatedTimeMs: event.timeMs,
  };
}

/** Whether an order works, or may come to. */
export function isOpen({ status }: OrderRecord): boolean {
  return status === "waiting" || status === "open" || status === "partially_filled";
}

/** Whether anybody may know of an order: of a stop, not before it was triggered and has traded or rested. */
export function isPublic({ type, filledLots, priority, orderNumber }: OrderRecord): boolean {
  return type === "limit" || type === "market" || filledLots > 0 || priority !== orderNumber;
}

/** Brings a record up to an event that names its order; both sides of a trade take the same event. */
export function updateRecord(record: OrderRecord, event: Event): void {
  record.updatedSequence = event.sequence;
  record.updatedTimeMs = event.timeMs;
  switch (event.kind) {
    case "traded":
      trade(record, event);
      return;
    case "rested":
      record.status = workingStatus(record);
      record.priority = event.sequence;
      show(record, event.terms?.displayLots);
      return;
    case "cancelled":
      record.status = "cancelled";
      record.cancelReason = event.reason;
      record.displayedLots = null;
      return;
    case "replenished":
      record.priority = event.sequence;
      record.displayedLots = event.displayedLots;
      return;
    case "prevented":
      prevent(record, event);
      return;
    case "amended":
      amend(record, event);
      return;
    case "spent":
      record.status = "filled";
      return;
    case "armed":
      record.status = "waiting";
      return;
    case "triggered":
      record.status = "open";
      return;
    case "accepted":
    case "advanced":
    case "status_changed":
    case "left_unfinished":
      return;
  }
}

function trade(record: OrderRecord, event: Event & { kind: "traded" }): void {
  const isMaker = record.orderNumber === event.makerOrderNumber;
  const remainingLots = isMaker ? event.makerRemainingLots : event.takerRemainingLots;
  record.filledLots += event.quantityLots;
  record.filledNotional += notional(event.priceTicks, event.quantityLots);
  record.status = remainingLots === 0 ? "filled" : "partially_filled";
  if (record.displayedLots === null) return;
  record.displayedLots = remainingLots === 0 ? null : record.displayedLots - event.quantityLots;
}

function prevent(record: OrderRecord, event: Event & { kind: "prevented" }): void {
  record.preventedLots += event.preventedLots;
  const isMaker = record.orderNumber === event.makerOrderNumber;
  const decrementLots = isMaker ? event.makerDecrementLots : event.takerDecrementLots;
  if (decrementLots === 0 || record.terms?.quoteBudget !== undefined) return;
  record.placed ??= placedAmounts(record);
  record.quantityLots -= decrementLots;
  showAtMostTheRest(record);
}

function amend(record: OrderRecord, event: Event & { kind: "amended" }): void {
  record.placed ??= placedAmounts(record);
  record.priceTicks = event.priceTicks ?? null;
  record.quantityLots = event.quantityLots;
  const { stopPriceTicks } = event;
  const isMoved = stopPriceTicks !== undefined && stopPriceTicks !== record.terms?.stopPriceTicks;
  if (isMoved && record.status === "waiting") {
    record.terms = { ...record.terms, stopPriceTicks };
    record.placed = { ...record.placed, stopMovedSequence: event.sequence };
  }
  if (event.keepsPriority) showAtMostTheRest(record);
  else record.displayedLots = null;
}

function placedAmounts({ priceTicks, quantityLots, terms }: OrderRecord): PlacedAmounts {
  const stopPriceTicks = terms?.stopPriceTicks;
  return { priceTicks, quantityLots, ...(stopPriceTicks === undefined ? {} : { stopPriceTicks }) };
}

function workingStatus({ filledLots }: OrderRecord): OrderStatus {
  return filledLots === 0 ? "open" : "partially_filled";
}

/** Shows a slice of what remains, of an order that does not show all of it. */
function show(record: OrderRecord, displayLots: number | undefined): void {
  record.displayedLots =
    displayLots === undefined ? null : Math.min(displayLots, record.quantityLots - record.filledLots);
}

/** What an iceberg loses, it loses of what it hides first. */
function showAtMostTheRest(record: OrderRecord): void {
  if (record.displayedLots === null) return;
  record.displayedLots = Math.min(record.displayedLots, record.quantityLots - record.filledLots);
}
