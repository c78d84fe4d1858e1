import { CANCEL_REASONS, type Event } from "../../engine/vocabulary/event.ts";
import { ORDER_TYPES, SELF_TRADE_MODES } from "../../engine/vocabulary/terms.ts";

/**
 * The events of one journal row as JSON: an array of arrays, each a letter for the kind and the
 * event's numbers. Sequence and time are the row's: events are gapless and one flush has one time. What
 * only orders with terms cause is under the letter `e`, as it is; what plain orders leave at its default is
 * left out at the end of a row.
 */
export function encodeEvents(events: Iterable<Event>): string {
  return JSON.stringify(Array.from(events, encode));
}

function encode(event: Event): unknown[] {
  switch (event.kind) {
    case "accepted":
      return [
        ...["a", event.client, event.side, event.priceTicks ?? null, event.quantityLots],
        ...extension(event, ORDER_TYPES.indexOf(event.type)),
      ];
    case "traded":
      return [
        "t",
        event.tradeNumber,
        event.makerOrderNumber,
        event.takerOrderNumber,
        event.takerSide,
        event.priceTicks,
        event.quantityLots,
        event.makerRemainingLots,
        event.takerRemainingLots,
        ...(event.inAuction ? [1] : []),
      ];
    case "rested":
      return [
        "r",
        event.orderNumber,
        event.client,
        event.side,
        event.priceTicks,
        event.quantityLots,
        event.remainingLots,
        ...extension(event),
      ];
    case "cancelled":
      return [
        "c",
        event.orderNumber,
        event.side,
        event.priceTicks ?? null,
        event.cancelledLots,
        CANCEL_REASONS.indexOf(event.reason),
      ];
    default: {
      const { sequence: _, timeMs: __, ...fields } = event;
      return ["e", fields];
    }
  }
}

/** What an order has beyond a plain one, if anything. */
function extension(order: Pick<Event & { kind: "rested" }, "selfTrade" | "terms">, type?: number): unknown[] {
  if (order.terms === undefined && order.selfTrade === "none") return [];
  return [
    SELF_TRADE_MODES.indexOf(order.selfTrade),
    order.terms ?? null,
    ...(type === undefined ? [] : [type]),
  ];
}

/**
 * The events of a journal row.
 * @throws on a letter this version does not know.
 */
export function decodeEvents(firstSequence: number, timeMs: number, text: string): Event[] {
  const rows: [string, ...(number | null)[]][] = JSON.parse(text);
  return rows.map((row, index) => decode(row, firstSequence + index, timeMs));
}

function decode(
  [letter, ...fields]: [string, ...(number | null)[]],
  sequence: number,
  timeMs: number,
): Event {
  const stamp = { sequence, timeMs };
  // An order with nothing beyond a plain one ends before these.
  const special = (from: number) => ({
    selfTrade: SELF_TRADE_MODES[fields[from] ?? 0],
    terms: fields[from + 1] ?? undefined,
  });
  switch (letter) {
    case "a": {
      const [client, side, priceTicks, quantityLots] = fields;
      const type = ORDER_TYPES[fields[6] ?? (priceTicks === null ? 1 : 0)];
      return {
        kind: "accepted",
        ...stamp,
        orderNumber: sequence,
        client,
        side,
        type,
        priceTicks: priceTicks ?? undefined,
        quantityLots,
        ...special(4),
      } as Event;
    }
    case "t": {
      const [
        tradeNumber,
        makerOrderNumber,
        takerOrderNumber,
        takerSide,
        priceTicks,
        quantityLots,
        ...remaining
      ] = fields;
      const [makerRemainingLots, takerRemainingLots, inAuction] = remaining;
      return {
        kind: "traded",
        ...stamp,
        tradeNumber,
        makerOrderNumber,
        takerOrderNumber,
        takerSide,
        priceTicks,
        quantityLots,
        makerRemainingLots,
        takerRemainingLots,
        inAuction: inAuction === 1,
      } as Event;
    }
    case "r": {
      const [orderNumber, client, side, priceTicks, quantityLots, remainingLots] = fields;
      return {
        kind: "rested",
        ...stamp,
        orderNumber,
        client,
        side,
        priceTicks,
        quantityLots,
        remainingLots,
        ...special(6),
      } as Event;
    }
    case "c": {
      const [orderNumber, side, priceTicks, cancelledLots, reason] = fields;
      return {
        kind: "cancelled",
        ...stamp,
        orderNumber,
        side,
        priceTicks: priceTicks ?? undefined,
        cancelledLots,
        reason: CANCEL_REASONS[reason ?? -1],
      } as Event;
    }
    case "e":
      return { ...stamp, ...(fields[0] as unknown as object) } as Event;
    default:
      throw new Error(`event ${sequence}: unknown kind ${letter}`);
  }
}
