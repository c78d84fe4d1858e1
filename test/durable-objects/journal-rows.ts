import { CANCEL_REASONS, type Event } from "../../engine/vocabulary/event.ts";
import { ORDER_TYPES, type OrderTerms, SELF_TRADE_MODES } from "../../engine/vocabulary/terms.ts";
import { UNIT_MAX } from "../../engine/vocabulary/units.ts";
import type { Random } from "../support/random.ts";

/** Events of one flush that no book would produce: every kind, with any numbers. */
export function drawFlush(random: Random): Event[] {
  const timeMs = random.magnitude(UNIT_MAX);
  let sequence = random.magnitude(2 ** 40);
  const events: Event[] = [];
  const push = (fields: object): void => {
    events.push({ sequence: sequence++, timeMs, ...fields } as Event);
  };
  for (let count = random.between(1, 8); count > 0; count--) {
    const kind = random.weighted({ placed: 6, rested: 1, traded: 2, cancelled: 1, other: 1 });
    if (kind === "placed") {
      const accepted = drawAccepted(random, sequence);
      push(accepted);
      if (random.chance(0.8)) push(restedAfter(random, accepted));
    }
    if (kind === "rested") push(restedAfter(random, drawAccepted(random, number(random))));
    if (kind === "traded") push(drawTraded(random));
    if (kind === "cancelled") push(drawCancelled(random));
    if (kind === "other") push(drawOther(random));
  }
  return events;
}

/** The row that a version before the short letters wrote. */
export function earlierRow(events: readonly Event[]): string {
  return JSON.stringify(events.map(earlierEvent));
}

function earlierEvent(event: Event): unknown[] {
  switch (event.kind) {
    case "accepted": {
      const { client, side, priceTicks, quantityLots, type } = event;
      const own = earlierTerms(event);
      const end = own.length > 0 ? [...own, ORDER_TYPES.indexOf(type)] : [];
      return ["a", client, side, priceTicks ?? null, quantityLots, ...end];
    }
    case "traded": {
      const { tradeNumber, makerOrderNumber, takerOrderNumber, takerSide, priceTicks, quantityLots } = event;
      const numbers = [tradeNumber, makerOrderNumber, takerOrderNumber, takerSide, priceTicks, quantityLots];
      const remaining = [event.makerRemainingLots, event.takerRemainingLots];
      return ["t", ...numbers, ...remaining, ...(event.inAuction ? [1] : [])];
    }
    case "rested": {
      const { orderNumber, client, side, priceTicks, quantityLots, remainingLots } = event;
      const numbers = [orderNumber, client, side, priceTicks, quantityLots, remainingLots];
      return ["r", ...numbers, ...earlierTerms(event)];
    }
    case "cancelled": {
      const { orderNumber, side, priceTicks, cancelledLots, reason } = event;
      return ["c", orderNumber, side, priceTicks ?? null, cancelledLots, CANCEL_REASONS.indexOf(reason)];
    }
    default: {
      const { sequence: _, timeMs: __, ...fields } = event;
      return ["e", fields];
    }
  }
}

function earlierTerms({ selfTrade, terms }: Event & { kind: "accepted" | "rested" }): unknown[] {
  const isPlain = terms === undefined && selfTrade === "none";
  return isPlain ? [] : [SELF_TRADE_MODES.indexOf(selfTrade), terms ?? null];
}

type Accepted = ReturnType<typeof drawAccepted>;

function drawAccepted(random: Random, orderNumber: number) {
  const terms = random.chance(0.3) ? drawTerms(random) : undefined;
  const isLimit = random.chance(0.7);
  return {
    kind: "accepted",
    orderNumber,
    client: number(random),
    side: random.below(2),
    type: terms !== undefined ? random.pick(ORDER_TYPES) : isLimit ? "limit" : "market",
    priceTicks: isLimit ? number(random) : undefined,
    quantityLots: number(random),
    selfTrade: random.chance(0.6) ? "expire_taker" : random.pick(SELF_TRADE_MODES),
    terms,
  };
}

/** An order that rests as it was accepted, or with one different field. */
function restedAfter(random: Random, { kind: _, type: __, ...order }: Accepted): object {
  const priceTicks = order.priceTicks ?? number(random);
  const rested = { kind: "rested", ...order, priceTicks, remainingLots: order.quantityLots };
  const other = {
    orderNumber: number(random),
    client: number(random),
    side: 1 - order.side,
    priceTicks: number(random),
    quantityLots: number(random),
    remainingLots: number(random),
    selfTrade: random.pick(SELF_TRADE_MODES),
    terms: random.chance(0.5) ? drawTerms(random) : undefined,
  };
  if (random.chance(0.5)) return rested;
  const field = random.pick(Object.keys(other) as (keyof typeof other)[]);
  return { ...rested, [field]: other[field] };
}

function drawTerms(random: Random): OrderTerms {
  const all = {
    timeInForce: random.pick(["ioc", "gtd"] as const),
    postOnly: true,
    displayLots: number(random),
    groupNumber: number(random),
    stopPriceTicks: number(random),
  };
  return Object.fromEntries(Object.entries(all).filter(() => random.chance(0.4)));
}

function drawTraded(random: Random): object {
  return {
    kind: "traded",
    tradeNumber: number(random),
    makerOrderNumber: number(random),
    takerOrderNumber: number(random),
    takerSide: random.below(2),
    priceTicks: number(random),
    quantityLots: number(random),
    makerRemainingLots: number(random),
    takerRemainingLots: number(random),
    inAuction: random.chance(0.2),
  };
}

function drawCancelled(random: Random): object {
  return {
    kind: "cancelled",
    orderNumber: number(random),
    side: random.below(2),
    priceTicks: random.chance(0.5) ? number(random) : undefined,
    cancelledLots: number(random),
    reason: random.pick(CANCEL_REASONS),
  };
}

function drawOther(random: Random): object {
  const order = { orderNumber: number(random), side: random.below(2), priceTicks: number(random) };
  return random.pick([
    { kind: "spent", orderNumber: number(random), side: random.below(2) },
    { kind: "advanced", cutoffMs: number(random) },
    { kind: "replenished", ...order, displayedLots: number(random), hiddenLots: number(random) },
    { kind: "armed", ...order, client: number(random), selfTrade: "none", terms: drawTerms(random) },
    { kind: "left_unfinished" },
  ]);
}

function number(random: Random): number {
  return random.magnitude(UNIT_MAX);
}
