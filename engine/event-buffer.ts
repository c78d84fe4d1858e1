import { CANCEL_REASONS, type CancelReason, type Event } from "./event.ts";
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

const ACCEPTED = 1;
const TRADED = 2;
const RESTED = 3;
const CANCELLED = 4;

/** Numbers in one record: kind, sequence, time, then up to eight of the event's own. */
const STRIDE = 11;
/** Stands in a record for a price that is not there; no valid price is zero. */
const NO_PRICE = 0;

/**
 * The events of the commands applied since the last `clear`, as flat records of numbers, so that
 * emitting one allocates nothing. Consumers read them as objects with `at` or by iterating.
 */
export class EventBuffer {
  #records: Float64Array;
  #length = 0;

  constructor(capacity = 256) {
    this.#records = new Float64Array(capacity * STRIDE);
  }

  /** How many events are held. */
  get length(): number {
    return this.#length;
  }

  clear(): void {
    this.#length = 0;
  }

  accepted(
    sequence: number,
    timeMs: number,
    client: number,
    side: Side,
    priceTicks: number | undefined,
    quantityLots: number,
  ): void {
    const base = this.#push(ACCEPTED, sequence, timeMs);
    const records = this.#records;
    records[base + 3] = client;
    records[base + 4] = side;
    records[base + 5] = priceTicks ?? NO_PRICE;
    records[base + 6] = quantityLots;
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
  ): void {
    const base = this.#push(TRADED, sequence, timeMs);
    const records = this.#records;
    records[base + 3] = tradeNumber;
    records[base + 4] = makerOrderNumber;
    records[base + 5] = takerOrderNumber;
    records[base + 6] = takerSide;
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
  ): void {
    const base = this.#push(RESTED, sequence, timeMs);
    const records = this.#records;
    records[base + 3] = orderNumber;
    records[base + 4] = client;
    records[base + 5] = side;
    records[base + 6] = priceTicks;
    records[base + 7] = quantityLots;
    records[base + 8] = remainingLots;
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

  /** The event at `index`, 0 … length − 1. */
  at(index: number): Event {
    if (!(index >= 0 && index < this.#length)) throw new RangeError(`no event at ${index}`);
    const base = index * STRIDE;
    const field = (offset: number): number => this.#records[base + offset] ?? Number.NaN;
    return decodeRecord(field);
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

function decodeRecord(field: (offset: number) => number): Event {
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
        type: field(5) === NO_PRICE ? "market" : "limit",
        priceTicks: price(field(5)),
        quantityLots: field(6) as QuantityLots,
      };
    case TRADED:
      return {
        kind: "traded",
        sequence,
        timeMs,
        tradeNumber: field(3) as TradeNumber,
        makerOrderNumber: field(4) as OrderNumber,
        takerOrderNumber: field(5) as OrderNumber,
        takerSide: field(6) as Side,
        priceTicks: field(7) as PriceTicks,
        quantityLots: field(8) as QuantityLots,
        makerRemainingLots: field(9) as QuantityLots,
        takerRemainingLots: field(10) as QuantityLots,
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
    default:
      return raise(`unknown event kind ${field(0)}`);
  }
}

function price(ticks: number): PriceTicks | undefined {
  return ticks === NO_PRICE ? undefined : (ticks as PriceTicks);
}

function raise(message: string): never {
  throw new Error(message);
}
