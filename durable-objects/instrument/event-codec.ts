import { CANCEL_REASONS, type Event } from "../../engine/event.ts";

/**
 * The events of one journal row as JSON: an array of arrays, each a letter for the kind and the
 * event's numbers. Sequence and time are the row's: events are gapless and one flush has one time.
 */
export function encodeEvents(events: Iterable<Event>): string {
  return JSON.stringify(Array.from(events, encode));
}

function encode(event: Event): unknown[] {
  switch (event.kind) {
    case "accepted":
      return ["a", event.client, event.side, event.priceTicks ?? null, event.quantityLots];
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
  }
}

/**
 * The events of a journal row.
 * @throws on a letter this version does not know.
 */
export function decodeEvents(firstSequence: number, timeMs: number, text: string): Event[] {
  const rows: [string, ...number[]][] = JSON.parse(text);
  return rows.map((row, index) => decode(row, firstSequence + index, timeMs));
}

function decode(
  [letter, ...fields]: [string, ...(number | null)[]],
  sequence: number,
  timeMs: number,
): Event {
  const stamp = { sequence, timeMs };
  switch (letter) {
    case "a": {
      const [client, side, priceTicks, quantityLots] = fields;
      const type = priceTicks === null ? "market" : "limit";
      return {
        kind: "accepted",
        ...stamp,
        orderNumber: sequence,
        client,
        side,
        type,
        priceTicks: priceTicks ?? undefined,
        quantityLots,
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
      const [makerRemainingLots, takerRemainingLots] = remaining;
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
    default:
      throw new Error(`event ${sequence}: unknown kind ${letter}`);
  }
}
