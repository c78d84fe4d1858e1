import { CANCEL_REASONS, type Event } from "../../engine/vocabulary/event.ts";
import { ORDER_TYPES, type OrderType, SELF_TRADE_MODES } from "../../engine/vocabulary/terms.ts";

/** The self-trade mode that `A` and `R` imply. It never changes, whatever the API's default becomes. */
const USUAL_SELF_TRADE = "expire_taker";

/**
 * Encodes the events of one journal row as JSON: an array of arrays, each with a letter for the kind and the
 * event's numbers. The row has the sequence and the time, since events have no gaps and a flush has one time.
 * Events that only orders with terms cause are stored unchanged under the letter `e`.
 *
 * An order with the usual self-trade mode and no terms is accepted by `A` and rests by `R`. Any other order
 * is accepted by `a` and rests by `r`, followed by its mode and terms; if these are absent, the mode is
 * `none`. `w` has no numbers: the order of the event before rests with its whole quantity.
 */
export function encodeEvents(events: readonly Event[]): string {
  return JSON.stringify(events.map((event, index) => encode(event, events[index - 1])));
}

function encode(event: Event, before: Event | undefined): unknown[] {
  switch (event.kind) {
    case "accepted": {
      const { client, side, priceTicks = null, quantityLots } = event;
      const numbers = [client, side, priceTicks, quantityLots];
      return isUsual(event) && event.type === typeByPrice(priceTicks)
        ? ["A", ...numbers]
        : ["a", ...numbers, ...extension(event, ORDER_TYPES.indexOf(event.type))];
    }
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
    case "rested": {
      if (before?.kind === "accepted" && isWhole(event, before)) return ["w"];
      const { orderNumber, client, side, priceTicks, quantityLots, remainingLots } = event;
      const numbers = [orderNumber, client, side, priceTicks, quantityLots, remainingLots];
      return isUsual(event) ? ["R", ...numbers] : ["r", ...numbers, ...extension(event)];
    }
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

type Rested = Event & { kind: "rested" };
type Accepted = Event & { kind: "accepted" };

function isUsual({ selfTrade, terms }: Rested | Accepted): boolean {
  return selfTrade === USUAL_SELF_TRADE && terms === undefined;
}

function typeByPrice(priceTicks: number | null | undefined): OrderType {
  return priceTicks === null ? "market" : "limit";
}

/** Whether an accepted order rests as it was accepted. */
function isWhole(rested: Rested, accepted: Accepted): boolean {
  return (
    rested.orderNumber === accepted.orderNumber &&
    rested.client === accepted.client &&
    rested.side === accepted.side &&
    rested.priceTicks === accepted.priceTicks &&
    rested.quantityLots === accepted.quantityLots &&
    rested.remainingLots === accepted.quantityLots &&
    rested.selfTrade === accepted.selfTrade &&
    rested.terms === accepted.terms
  );
}

/** The self-trade mode and the terms of an order, if it has any. */
function extension({ selfTrade, terms }: Rested | Accepted, type?: number): unknown[] {
  if (terms === undefined && selfTrade === "none") return [];
  return [SELF_TRADE_MODES.indexOf(selfTrade), terms ?? null, ...(type === undefined ? [] : [type])];
}

type Fields = readonly (number | null)[];
type Row = readonly [letter: string, ...fields: Fields];
type Stamp = Readonly<Record<"sequence" | "timeMs", number>>;

/**
 * Decodes the events of a journal row.
 * @throws on a letter that this version does not know.
 */
export function decodeEvents(firstSequence: number, timeMs: number, text: string): Event[] {
  const events: Event[] = [];
  for (const row of JSON.parse(text) as Row[]) {
    events.push(decode(row, { sequence: firstSequence + events.length, timeMs }, events.at(-1)));
  }
  return events;
}

function decode([letter, ...fields]: Row, stamp: Stamp, before: Event | undefined): Event {
  switch (letter) {
    case "A":
      return decodeAccepted(fields, stamp, { selfTrade: USUAL_SELF_TRADE, terms: undefined });
    case "a":
      return decodeAccepted(fields, stamp, ownTerms(fields.slice(4)));
    case "t":
      return decodeTraded(fields, stamp);
    case "R":
      return decodeRested(fields, stamp, { selfTrade: USUAL_SELF_TRADE, terms: undefined });
    case "r":
      return decodeRested(fields, stamp, ownTerms(fields.slice(6)));
    case "w":
      return restedWhole(before, stamp);
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
      throw new Error(`event ${stamp.sequence}: unknown kind ${letter}`);
  }
}

type OwnTerms = Pick<Rested, "selfTrade" | "terms">;

function ownTerms([selfTrade, terms]: Fields): OwnTerms {
  return { selfTrade: SELF_TRADE_MODES[selfTrade ?? 0], terms: terms ?? undefined } as OwnTerms;
}

function decodeAccepted(fields: Fields, stamp: Stamp, own: OwnTerms): Event {
  const [client, side, priceTicks, quantityLots, , , typeIndex] = fields;
  return {
    kind: "accepted",
    ...stamp,
    orderNumber: stamp.sequence,
    client,
    side,
    type: ORDER_TYPES[typeIndex ?? -1] ?? typeByPrice(priceTicks),
    priceTicks: priceTicks ?? undefined,
    quantityLots,
    ...own,
  } as Event;
}

function decodeTraded(fields: Fields, stamp: Stamp): Event {
  const [
    tradeNumber,
    makerOrderNumber,
    takerOrderNumber,
    takerSide,
    priceTicks,
    quantityLots,
    makerRemainingLots,
    takerRemainingLots,
    inAuction,
  ] = fields;
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

function decodeRested(fields: Fields, stamp: Stamp, own: OwnTerms): Event {
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
    ...own,
  } as Event;
}

function restedWhole(accepted: Event | undefined, stamp: Stamp): Event {
  if (accepted?.kind !== "accepted") throw new Error(`event ${stamp.sequence}: no order before it to rest`);
  const { orderNumber, client, side, priceTicks, quantityLots, selfTrade, terms } = accepted;
  return {
    kind: "rested",
    ...stamp,
    orderNumber,
    client,
    side,
    priceTicks,
    quantityLots,
    remainingLots: quantityLots,
    selfTrade,
    terms,
  } as Event;
}
