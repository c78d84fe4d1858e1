import type { CancelReason, Event } from "../../engine/vocabulary/event.ts";
import type { OrderTerms, OrderType, SelfTradeMode } from "../../engine/vocabulary/terms.ts";
import { notional, type Side } from "../../engine/vocabulary/units.ts";
import type { OrderStatus } from "../../protocol/fields.ts";

/** Everything that the venue stores about one order. Amounts are in ticks and lots. */
export interface OrderRecord extends OrderOwner {
  readonly orderNumber: number;
  readonly timeMs: number;
  readonly client: number;
  readonly side: Side;
  /** The type at placement. It does not change when a stop is triggered. */
  readonly type: OrderType;
  /** The current limit. */
  priceTicks: number | null;
  /** The current quantity, after amendments and decrements; zero by quote budget. */
  quantityLots: number;
  readonly selfTrade: SelfTradeMode;
  /** The current terms. They keep the link to the other leg of a pair even after that leg has ended. */
  terms: OrderTerms | undefined;
  /** The amounts of the request, once an amendment or a decrement has changed them. */
  placed: PlacedAmounts | undefined;
  filledLots: number;
  /** Exact sum of ticks × lots over the order's fills. */
  filledNotional: bigint;
  /** Lots that were kept from trading with an order of the same client or group. */
  preventedLots: number;
  status: OrderStatus;
  cancelReason: CancelReason | null;
  /**
   * The place in its queue: the sequence of the last event that put it at the back of a level. Before that,
   * its number.
   */
  priority: number;
  /** The displayed quantity of an iceberg; null for any other order. */
  displayedLots: number | null;
  updatedSequence: number;
  updatedTimeMs: number;
}

/** The owner of an order, by the names that clients use. */
export interface OrderOwner {
  readonly clientId: string;
  readonly idempotencyKey: string | null;
  readonly clientOrderId: string | null;
  /** The name of the group `terms.groupNumber`. */
  readonly selfTradeGroup: string | null;
}

/** The amounts of a request. */
export interface PlacedAmounts {
  readonly priceTicks: number | null;
  readonly quantityLots: number;
  readonly stopPriceTicks?: number;
  /**
   * The sequence since which a stop has waited at its current price, if its price has changed since the
   * request.
   */
  readonly stopMovedSequence?: number;
}

/** The record of an order that was just accepted. */
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

/** Whether an order works, or will work once it is triggered. */
export function isOpen({ status }: OrderRecord): boolean {
  return status === "waiting" || status === "open" || status === "partially_filled";
}

/** Whether an order is public. A stop is public only once it is triggered and has traded or rested. */
export function isPublic({ type, filledLots, priority, orderNumber }: OrderRecord): boolean {
  return type === "limit" || type === "market" || filledLots > 0 || priority !== orderNumber;
}

/** Applies an event that names the order to its record. Both sides of a trade take the same event. */
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

/** Shows a slice of the remaining quantity, if the order is an iceberg. */
function show(record: OrderRecord, displayLots: number | undefined): void {
  record.displayedLots =
    displayLots === undefined ? null : Math.min(displayLots, record.quantityLots - record.filledLots);
}

/** The hidden quantity of an iceberg shrinks first. */
function showAtMostTheRest(record: OrderRecord): void {
  if (record.displayedLots === null) return;
  record.displayedLots = Math.min(record.displayedLots, record.quantityLots - record.filledLots);
}
