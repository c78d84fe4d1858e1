import { CANCEL_REASONS, type CancelReason, type Event } from "./event.ts";
import {
  ACCEPTED,
  CANCELLED,
  decodeRecord,
  IN_AUCTION,
  NO_PRICE,
  NO_TERMS,
  OTHER,
  RESTED,
  TRADED,
} from "./event-record.ts";
import {
  ORDER_TYPES,
  type OrderTerms,
  type OrderType,
  SELF_TRADE_MODES,
  type SelfTradeMode,
} from "./terms.ts";
import type { Side } from "./units.ts";

/** Numbers per record: kind, sequence, time, then up to eight fields of the event. */
const STRIDE = 11;
/**
 * The events of the commands applied since the last `clear`, as flat records of numbers, so that emitting an
 * event allocates nothing. Events that only orders with terms cause are kept as objects beside them.
 * Consumers read events as objects, with `at` or by iterating.
 *
 * The fields of an event are positional arguments: as members of an object they cost a tenth of the time of a
 * command, even if the object is used again.
 */
export class EventBuffer {
  #records: Float64Array;
  #length = 0;
  #objects: (Event | OrderTerms)[] = [];

  constructor(capacity = 256) {
    this.#records = new Float64Array(capacity * STRIDE);
  }

  /** The number of events. */
  get length(): number {
    return this.#length;
  }

  clear(): void {
    this.#length = 0;
    if (this.#objects.length > 0) this.#objects = [];
  }

  /** Drops the events from `length` on. */
  truncate(length: number): void {
    this.#length = Math.min(length, this.#length);
  }

  accepted(
    sequence: number,
    timeMs: number,
    client: number,
    side: Side,
    type: OrderType,
    priceTicks: number | undefined,
    quantityLots: number,
    selfTrade: SelfTradeMode,
    terms: OrderTerms | undefined,
  ): void {
    const base = this.#push(ACCEPTED, sequence, timeMs);
    const records = this.#records;
    records[base + 3] = client;
    records[base + 4] = side;
    records[base + 5] = priceTicks ?? NO_PRICE;
    records[base + 6] = quantityLots;
    records[base + 7] = type === "limit" ? 0 : ORDER_TYPES.indexOf(type);
    records[base + 8] = selfTrade === "none" ? 0 : SELF_TRADE_MODES.indexOf(selfTrade);
    records[base + 9] = terms === undefined ? NO_TERMS : this.#objects.push(terms) - 1;
  }

  traded(
    sequence: number,
    timeMs: number,
    tradeNumber: number,
    makerOrderNumber: number,
    takerOrderNumber: number,
    takerSide: Side,
    priceTicks: number,
    quantityLots: number,
    makerRemainingLots: number,
    takerRemainingLots: number,
    inAuction: boolean,
  ): void {
    const base = this.#push(TRADED, sequence, timeMs);
    const records = this.#records;
    records[base + 3] = tradeNumber;
    records[base + 4] = makerOrderNumber;
    records[base + 5] = takerOrderNumber;
    records[base + 6] = inAuction ? takerSide + IN_AUCTION : takerSide;
    records[base + 7] = priceTicks;
    records[base + 8] = quantityLots;
    records[base + 9] = makerRemainingLots;
    records[base + 10] = takerRemainingLots;
  }

  rested(
    sequence: number,
    timeMs: number,
    orderNumber: number,
    client: number,
    side: Side,
    priceTicks: number,
    quantityLots: number,
    remainingLots: number,
    selfTrade: SelfTradeMode,
    terms: OrderTerms | undefined,
  ): void {
    const base = this.#push(RESTED, sequence, timeMs);
    const records = this.#records;
    records[base + 3] = orderNumber;
    records[base + 4] = client;
    records[base + 5] = side;
    records[base + 6] = priceTicks;
    records[base + 7] = quantityLots;
    records[base + 8] = remainingLots;
    records[base + 9] = selfTrade === "none" ? 0 : SELF_TRADE_MODES.indexOf(selfTrade);
    records[base + 10] = terms === undefined ? NO_TERMS : this.#objects.push(terms) - 1;
  }

  cancelled(
    sequence: number,
    timeMs: number,
    orderNumber: number,
    side: Side,
    priceTicks: number | undefined,
    cancelledLots: number,
    reason: CancelReason,
  ): void {
    const base = this.#push(CANCELLED, sequence, timeMs);
    const records = this.#records;
    records[base + 3] = orderNumber;
    records[base + 4] = side;
    records[base + 5] = priceTicks ?? NO_PRICE;
    records[base + 6] = cancelledLots;
    records[base + 7] = CANCEL_REASONS.indexOf(reason);
  }

  /** Appends an event of any other kind. */
  other(event: Exclude<Event, { kind: "accepted" | "traded" | "rested" | "cancelled" }>): void {
    const base = this.#push(OTHER, event.sequence, event.timeMs);
    this.#records[base + 3] = this.#objects.push(event) - 1;
  }

  /** The event at `index`, 0 … length − 1. */
  at(index: number): Event {
    if (!(index >= 0 && index < this.#length)) throw new RangeError(`no event at ${index}`);
    const base = index * STRIDE;
    const field = (offset: number): number => this.#records[base + offset] ?? Number.NaN;
    return decodeRecord(field, this.#objects);
  }

  *[Symbol.iterator](): Generator<Event> {
    for (let index = 0; index < this.#length; index++) yield this.at(index);
  }

  #push(kind: number, sequence: number, timeMs: number): number {
    const base = this.#length * STRIDE;
    if (base === this.#records.length) {
      const grown = new Float64Array(base * 2);
      grown.set(this.#records);
      this.#records = grown;
    }
    this.#length++;
    this.#records[base] = kind;
    this.#records[base + 1] = sequence;
    this.#records[base + 2] = timeMs;
    return base;
  }
}
