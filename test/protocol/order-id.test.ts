import { describe, expect, test } from "vitest";
import {
  formatOrderId,
  INSTRUMENT_NUMBER_MAX,
  type OrderIdentity,
  parseOrderId,
} from "../../protocol/order-id.ts";
import { Random } from "../support/random.ts";

const TIME_MAX = 2 ** 48 - 1;
const EDGES: OrderIdentity[] = [
  { timeMs: 0, instrumentNumber: 1, orderNumber: 1 },
  { timeMs: TIME_MAX, instrumentNumber: INSTRUMENT_NUMBER_MAX, orderNumber: Number.MAX_SAFE_INTEGER },
  { timeMs: 1, instrumentNumber: 256, orderNumber: 2 ** 48 },
  { timeMs: 2 ** 32, instrumentNumber: 16, orderNumber: 2 ** 32 - 1 },
];

function identity(random: Random): OrderIdentity {
  return {
    timeMs: random.magnitude(TIME_MAX),
    instrumentNumber: random.magnitude(INSTRUMENT_NUMBER_MAX),
    orderNumber: random.magnitude(Number.MAX_SAFE_INTEGER),
  };
}

/** The UUID's 128 bits with one of them, counted from the left, inverted. */
function flipBit(id: string, bit: number): string {
  const value = BigInt(`0x${id.replaceAll("-", "")}`) ^ (1n << BigInt(127 - bit));
  return value
    .toString(16)
    .padStart(32, "0")
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

test.each(EDGES)(
  "the identity $timeMs/$instrumentNumber/$orderNumber survives formatting and parsing",
  (edge) => {
    expect(parseOrderId(formatOrderId(edge))).toEqual(edge);
  },
);

describe.each([11, 12, 13])("order ids of seed %i", (seed) => {
  test("every identity survives formatting and parsing, in upper and lower case", () => {
    const random = new Random(seed);
    for (let index = 0; index < 5_000; index++) {
      const wanted = identity(random);
      const id = formatOrderId(wanted);
      expect(parseOrderId(id), id).toEqual(wanted);
      expect(parseOrderId(id.toUpperCase()), id).toEqual(wanted);
    }
  });

  test("every id is a UUID of version 8 and the RFC's variant", () => {
    const random = new Random(seed);
    for (let index = 0; index < 5_000; index++) {
      const id = formatOrderId(identity(random));
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
  });

  test("an id with any bit altered is refused or names another order", () => {
    const random = new Random(seed);
    for (let index = 0; index < 50; index++) {
      const wanted = identity(random);
      const id = formatOrderId(wanted);
      for (let bit = 0; bit < 128; bit++) {
        const altered = parseOrderId(flipBit(id, bit));
        expect(altered, `${id}, bit ${bit}`).not.toEqual(wanted);
        const isReserved = (bit >= 48 && bit < 52) || (bit >= 64 && bit < 75);
        if (isReserved) expect(altered, `${id}, reserved bit ${bit}`).toBeUndefined();
      }
    }
  });

  test("random UUIDs of version 4 never pass for an order id", () => {
    for (let index = 0; index < 1_000; index++) {
      const id = crypto.randomUUID();
      expect(parseOrderId(id), id).toBeUndefined();
    }
  });
});

test.each([
  ["00000000-0000-0000-0000-000000000000", "the nil UUID"],
  ["ffffffff-ffff-ffff-ffff-ffffffffffff", "the max UUID"],
  ["6ba7b810-9dad-11d1-80b4-00c04fd430c8", "a version 1 UUID"],
  ["5df41881-3aed-3515-88a7-2f4a814cf09e", "a version 3 UUID"],
  ["2ed6657d-e927-568b-95e1-2665a8aea6a2", "a version 5 UUID"],
  ["017f22e2-79b0-7cc3-98c4-dc0c0c07398f", "a version 7 UUID"],
  ["2489e9ad-2ee2-8e00-8ec9-32d5f69181c0", "somebody else's version 8 UUID"],
  ["019c1f2a-7b3c-8001-8000-000000000000", "an order number of zero"],
  ["", "nothing"],
  ["019c1f2a7b3c8001800000000000002a", "an id without dashes"],
  ["{019c1f2a-7b3c-8001-8000-00000000002a}", "an id in braces"],
  [" 019c1f2a-7b3c-8001-8000-00000000002a", "an id behind a space"],
  ["019c1f2a-7b3c-8001-8000-00000000002a\n", "an id before a line break"],
  ["019c1f2a-7b3c-8001-8000-00000000002g", "an id with a letter beyond f"],
])("%j is not an order id: %s", (id) => {
  expect(parseOrderId(id)).toBeUndefined();
});
