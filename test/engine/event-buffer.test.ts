import { describe, expect, test } from "vitest";
import { CANCEL_REASONS, type Event } from "../../engine/vocabulary/event.ts";
import { EventBuffer } from "../../engine/vocabulary/event-buffer.ts";
import { ACCEPTED, CANCELLED, decodeRecord, RESTED } from "../../engine/vocabulary/event-record.ts";
import { ORDER_TYPES, type OrderTerms, SELF_TRADE_MODES } from "../../engine/vocabulary/terms.ts";
import { BUY, SELL, type Side } from "../../engine/vocabulary/units.ts";
import { Random } from "../support/random.ts";

/** Writes random events. Returns what reading them must return. */
function writeRandomEvents(buffer: EventBuffer, count: number, random: Random): unknown[] {
  return Array.from({ length: count }, () => writeRandomEvent(buffer, random));
}

function writeRandomEvent(buffer: EventBuffer, random: Random): unknown {
  const amount = () => random.between(1, Number.MAX_SAFE_INTEGER);
  const [sequence, timeMs] = [amount(), amount()];
  const side: Side = random.pick([BUY, SELL]);
  const limit = random.chance(0.5) ? amount() : undefined;
  const [a, b, c, d, e, f] = [amount(), amount(), amount(), amount(), amount(), amount()];
  const stamp = { sequence, timeMs };
  const selfTrade = random.pick(SELF_TRADE_MODES);
  const terms: OrderTerms | undefined = random.chance(0.3) ? { postOnly: true } : undefined;
  switch (random.pick(["accepted", "traded", "rested", "cancelled", "advanced"] as const)) {
    case "accepted": {
      const type = random.pick(ORDER_TYPES);
      buffer.accepted(sequence, timeMs, a, side, type, limit, b, selfTrade, terms);
      const order = { orderNumber: sequence, client: a, side, type, priceTicks: limit, quantityLots: b };
      return { kind: "accepted", ...stamp, ...order, selfTrade, terms };
    }
    case "traded": {
      const inAuction = random.chance(0.5);
      buffer.traded(sequence, timeMs, a, b, c, side, d, e, f, 0, inAuction);
      const parties = { tradeNumber: a, makerOrderNumber: b, takerOrderNumber: c, takerSide: side };
      const amounts = { priceTicks: d, quantityLots: e, makerRemainingLots: f, takerRemainingLots: 0 };
      return { kind: "traded", ...stamp, ...parties, ...amounts, inAuction };
    }
    case "rested": {
      buffer.rested(sequence, timeMs, a, b, side, c, d, e, selfTrade, terms);
      const order = { orderNumber: a, client: b, side, priceTicks: c, quantityLots: d, remainingLots: e };
      return { kind: "rested", ...stamp, ...order, selfTrade, terms };
    }
    case "advanced": {
      const event = { kind: "advanced", ...stamp, cutoffMs: a } as Event & { kind: "advanced" };
      buffer.other(event);
      return event;
    }
    case "cancelled": {
      const reason = random.pick(CANCEL_REASONS);
      buffer.cancelled(sequence, timeMs, a, side, limit, b, reason);
      return {
        kind: "cancelled",
        ...stamp,
        orderNumber: a,
        side,
        priceTicks: limit,
        cancelledLots: b,
        reason,
      };
    }
  }
}

describe("EventBuffer", () => {
  test("returns what was written, whatever its initial size", () => {
    for (const capacity of [1, 2, 256]) {
      for (let seed = 1; seed <= 20; seed++) {
        const buffer = new EventBuffer(capacity);
        const written = writeRandomEvents(buffer, 300, new Random(seed));
        expect([...buffer], `seed ${seed}`).toStrictEqual(written);
      }
    }
  });

  test("is empty when cleared, and refilled from the start", () => {
    const buffer = new EventBuffer(4);
    const random = new Random(1);
    writeRandomEvents(buffer, 10, random);
    buffer.clear();
    expect([buffer.length, [...buffer]]).toEqual([0, []]);
    const written = writeRandomEvents(buffer, 3, random);
    expect([...buffer]).toStrictEqual(written);
  });

  test("has no event outside its length", () => {
    const buffer = new EventBuffer();
    const at = (index: number): (() => Event) => {
      return () => buffer.at(index);
    };
    expect(at(0)).toThrow(RangeError);
    buffer.accepted(1, 1, 1, BUY, "limit", 1, 1, "none", undefined);
    expect(buffer.at(0).kind).toBe("accepted");
    for (const index of [-1, 1, Number.NaN]) expect(at(index)).toThrow(RangeError);
  });

  test("refuses a record that no event writes", () => {
    const reading = (...numbers: number[]) => {
      return () => decodeRecord((offset) => numbers[offset] ?? 0, []);
    };
    expect(reading(0)).toThrow("unknown event kind 0");
    expect(reading(9)).toThrow("unknown event kind 9");
    expect(reading(ACCEPTED, 1, 1, 1, 0, 5, 5, ORDER_TYPES.length)).toThrow("unknown order type");
    expect(reading(ACCEPTED, 1, 1, 1, 0, 5, 5, 0, SELF_TRADE_MODES.length)).toThrow(
      "unknown self-trade mode",
    );
    expect(reading(RESTED, 1, 1, 1, 1, 0, 5, 5, 5, -1)).toThrow("unknown self-trade mode");
    expect(reading(CANCELLED, 1, 1, 1, 0, 5, 5, CANCEL_REASONS.length)).toThrow("unknown cancel reason");
  });
});
