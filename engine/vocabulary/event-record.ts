import { CANCEL_REASONS, type Event } from "./event.ts";
import { ORDER_TYPES, type OrderTerms, SELF_TRADE_MODES, type SelfTradeMode } from "./terms.ts";
import type {
  ClientNumber,
  OrderNumber,
  PriceTicks,
  QuantityLots,
  Sequence,
  Side,
  TimeMs,
  TradeNumber,
} from "./units.ts";

export const ACCEPTED = 1;
export const TRADED = 2;
export const RESTED = 3;
export const CANCELLED = 4;
/** An event kept as an object, because plain orders do not cause it. */
export const OTHER = 5;

/** Marks an absent price in a record. No valid price is zero. */
export const NO_PRICE = 0;
/** Marks absent terms in a record. Otherwise the field is their place among the objects. */
export const NO_TERMS = -1;
/** Added to the taker's side if the trade was made by an auction. */
export const IN_AUCTION = 2;

/**
 * Decodes a record of an `EventBuffer`.
 *
 * @param field returns the number at an offset of the record.
 * @param objects the objects that the buffer keeps beside its records.
 */
export function decodeRecord(
  field: (offset: number) => number,
  objects: readonly (Event | OrderTerms)[],
): Event {
  const sequence = field(1) as Sequence;
  const timeMs = field(2) as TimeMs;
  switch (field(0)) {
    case ACCEPTED:
      return {
        kind: "accepted",
        sequence,
        timeMs,
        orderNumber: field(1) as OrderNumber,
        client: field(3) as ClientNumber,
        side: field(4) as Side,
        type: ORDER_TYPES[field(7)] ?? raise(`unknown order type ${field(7)}`),
        priceTicks: price(field(5)),
        quantityLots: field(6) as QuantityLots,
        selfTrade: mode(field(8)),
        terms: objects[field(9)] as OrderTerms | undefined,
      };
    case TRADED:
      return {
        kind: "traded",
        sequence,
        timeMs,
        tradeNumber: field(3) as TradeNumber,
        makerOrderNumber: field(4) as OrderNumber,
        takerOrderNumber: field(5) as OrderNumber,
        takerSide: (field(6) % IN_AUCTION) as Side,
        priceTicks: field(7) as PriceTicks,
        quantityLots: field(8) as QuantityLots,
        makerRemainingLots: field(9) as QuantityLots,
        takerRemainingLots: field(10) as QuantityLots,
        inAuction: field(6) >= IN_AUCTION,
      };
    case RESTED:
      return {
        kind: "rested",
        sequence,
        timeMs,
        orderNumber: field(3) as OrderNumber,
        client: field(4) as ClientNumber,
        side: field(5) as Side,
        priceTicks: field(6) as PriceTicks,
        quantityLots: field(7) as QuantityLots,
        remainingLots: field(8) as QuantityLots,
        selfTrade: mode(field(9)),
        terms: objects[field(10)] as OrderTerms | undefined,
      };
    case CANCELLED:
      return {
        kind: "cancelled",
        sequence,
        timeMs,
        orderNumber: field(3) as OrderNumber,
        side: field(4) as Side,
        priceTicks: price(field(5)),
        cancelledLots: field(6) as QuantityLots,
        reason: CANCEL_REASONS[field(7)] ?? raise(`unknown cancel reason ${field(7)}`),
      };
    case OTHER:
      return objects[field(3)] as Event;
    default:
      return raise(`unknown event kind ${field(0)}`);
  }
}

function price(ticks: number): PriceTicks | undefined {
  return ticks === NO_PRICE ? undefined : (ticks as PriceTicks);
}

function mode(index: number): SelfTradeMode {
  return SELF_TRADE_MODES[index] ?? raise(`unknown self-trade mode ${index}`);
}

function raise(message: string): never {
  throw new Error(message);
}
