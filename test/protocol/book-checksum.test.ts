import { crc32 } from "node:zlib";
import { describe, expect, test } from "vitest";
import { bookChecksum, CHECKSUM_LEVELS } from "../../protocol/feed/book-checksum.ts";
import { Random } from "../support/random.ts";

const level = ([price, quantity]: readonly [string, string]) => ({ price, quantity });

/** The checksum from a library's CRC over the whole text. */
function independent(bids: readonly [string, string][], asks: readonly [string, string][]): number {
  const digits = (text: string) => text.replace(".", "").replace(/^0+/, "");
  const best = [...asks.slice(0, 10), ...bids.slice(0, 10)];
  return crc32(best.map(([price, quantity]) => digits(price) + digits(quantity)).join(""));
}

describe("the checksum of a book", () => {
  test("is the one that another venue publishes for the same ten levels a side", () => {
    const asks = [
      ...(["45285.2 0.00100000", "45286.4 1.54571953", "45286.6 1.54571109", "45289.6 1.54560911"] as const),
      ...(["45290.2 0.15890660", "45291.8 1.54553491", "45294.7 0.04454749", "45296.1 0.35380000"] as const),
      ...(["45297.5 0.09945542", "45299.5 0.18772827"] as const),
    ];
    const bids = [
      ...(["45283.5 0.10000000", "45283.4 1.54582015", "45282.1 0.10000000", "45281.0 0.10000000"] as const),
      ...(["45280.3 1.54592586", "45279.0 0.07990000", "45277.6 0.03310103", "45277.5 0.30000000"] as const),
      ...(["45277.3 1.54602737", "45276.6 0.15445238"] as const),
    ];
    const read = (lines: readonly string[]) =>
      lines.map((line) => level(line.split(" ") as [string, string]));
    expect(bookChecksum(read(bids), read(asks))).toBe(3310070434);
  });

  test("of an empty book is zero", () => {
    expect(bookChecksum([], [])).toBe(0);
  });

  test.each([11, 12, 13])("agrees with a library's on random books, seed %i", (seed) => {
    const random = new Random(seed);
    const amount = (scale: number) => {
      const digits = `${random.below(1_000_000)}`.padStart(scale + 1, "0");
      return scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
    };
    for (let round = 0; round < 200; round++) {
      const [tickScale, lotScale] = [random.below(5), random.below(9)];
      const side = () =>
        Array.from({ length: random.below(CHECKSUM_LEVELS + 4) }, (): [string, string] => [
          amount(tickScale),
          amount(lotScale),
        ]);
      const [bids, asks] = [side(), side()];
      expect(bookChecksum(bids.map(level), asks.map(level)), `seed ${seed}`).toBe(independent(bids, asks));
    }
  });

  test("covers each of ten levels, and none beyond", () => {
    const levels = Array.from({ length: 11 }, (_, index) => level([`${20 - index}.5`, "1.0"]));
    const whole = bookChecksum(levels, []);
    for (let at = 0; at < levels.length; at++) {
      const changed = levels.map((each, index) => (index === at ? { ...each, quantity: "2.0" } : each));
      expect(bookChecksum(changed, []) === whole, `level ${at}`).toBe(at >= CHECKSUM_LEVELS);
    }
  });
});
