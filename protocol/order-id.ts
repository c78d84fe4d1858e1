/** The content of an order id. It is enough to find the order without a lookup. */
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
 * Formats an order's id: a version 8 UUID (RFC 9562, section 5.8).
 *
 * | bits | content |
 * |---|---|
 * | 48 | time of acceptance, milliseconds since the Unix epoch |
 * | 4 | version, 8 |
 * | 12 | instrument number |
 * | 2 | variant, binary 10 |
 * | 9 | zero, reserved |
 * | 53 | order number |
 */
export function formatOrderId({ timeMs, instrumentNumber, orderNumber }: OrderIdentity): string {
  // The two bits of the variant and seven of the nine spare bits fill a byte. Two spare bits lead the number.
  // The parts are joined: V8 keeps a concatenated string in pieces, which makes JSON with it slow to write.
  if (orderNumber < 2 ** 48) return [front(timeMs, instrumentNumber), "8000", hex(orderNumber, 12)].join("-");
  const number = hex(orderNumber, 14);
  return [front(timeMs, instrumentNumber), `80${number.slice(0, 2)}`, number.slice(2)].join("-");
}

/** The first three groups. Most ids in one answer share them. */
function front(timeMs: number, instrumentNumber: number): string {
  if (timeMs !== lastFront.timeMs || instrumentNumber !== lastFront.instrumentNumber) {
    const time = hex(timeMs, 12);
    const text = `${time.slice(0, 8)}-${time.slice(8)}-8${hex(instrumentNumber, 3)}`;
    lastFront = { timeMs, instrumentNumber, text };
  }
  return lastFront.text;
}

let lastFront = { timeMs: -1, instrumentNumber: 0, text: "" };

/** Reads an order id, in upper or lower case; undefined if it is not an id of a venue. */
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
