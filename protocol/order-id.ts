/** What an order id says: enough to find the order with no lookup. */
export interface OrderIdentity {
  /** Time of acceptance in milliseconds since the Unix epoch, below 2^48. */
  readonly timeMs: number;
  /** The instrument's configured number, 1 … 4095. */
  readonly instrumentNumber: number;
  /** The order's number within its instrument, below 2^53. */
  readonly orderNumber: number;
}

export const INSTRUMENT_NUMBER_MAX = 0xfff;

const SHAPE = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/**
 * An order's id: a version 8 UUID (RFC 9562, section 5.8).
 *
 * | bits | content |
 * |---|---|
 * | 48 | time of acceptance, milliseconds since the Unix epoch |
 * | 4 | version, 8 |
 * | 12 | instrument number |
 * | 2 | variant, binary 10 |
 * | 9 | zero, kept for later |
 * | 53 | order number |
 */
export function formatOrderId({ timeMs, instrumentNumber, orderNumber }: OrderIdentity): string {
  // The variant's two bits and seven of the nine spare ones fill a byte; two spare bits lead the number.
  // Joined: V8 keeps longer strings put together otherwise in pieces, and is slow to write objects with them as JSON.
  if (orderNumber < 2 ** 48) return [front(timeMs, instrumentNumber), "8000", hex(orderNumber, 12)].join("-");
  const number = hex(orderNumber, 14);
  return [front(timeMs, instrumentNumber), `80${number.slice(0, 2)}`, number.slice(2)].join("-");
}

/** The first three groups. Most ids that are told together have them in common. */
function front(timeMs: number, instrumentNumber: number): string {
  if (timeMs !== lastFront.timeMs || instrumentNumber !== lastFront.instrumentNumber) {
    const time = hex(timeMs, 12);
    const text = `${time.slice(0, 8)}-${time.slice(8)}-8${hex(instrumentNumber, 3)}`;
    lastFront = { timeMs, instrumentNumber, text };
  }
  return lastFront.text;
}

let lastFront = { timeMs: -1, instrumentNumber: 0, text: "" };

/** Reads an order id, in either case of its letters; undefined if it is not one of ours. */
export function parseOrderId(text: string): OrderIdentity | undefined {
  const id = text.toLowerCase();
  if (!SHAPE.test(id) || id.slice(19, 21) !== "80") return undefined;
  const orderNumber = Number.parseInt(id.slice(21, 23) + id.slice(24), 16);
  if (!Number.isSafeInteger(orderNumber) || orderNumber === 0) return undefined;
  return {
    timeMs: Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16),
    instrumentNumber: Number.parseInt(id.slice(15, 18), 16),
    orderNumber,
  };
}

function hex(value: number, width: number): string {
  return value.toString(16).padStart(width, "0");
}
