import type { Levels } from "../../../engine/book/book-copy.ts";
import { BUY, type Side } from "../../../engine/vocabulary/units.ts";
import type { InstrumentSpec } from "../../../protocol/instrument-spec.ts";
import type { LevelView } from "../../../protocol/market-data.ts";
import { levelTexts } from "../../records/book-view.ts";
import type { Clock } from "../../runtime/clock.ts";

/** The levels compared in one turn of the event loop, in about 5 ms. */
const LEVELS_A_TURN = 2_000;

/**
 * The first level of a side at which a mirror differs from a book, as text; undefined if there is none.
 * @param mirrored all levels of the mirror, best first.
 */
export async function levelDifference(
  spec: InstrumentSpec,
  book: Levels,
  side: Side,
  mirrored: readonly LevelView[],
  clock: Clock,
): Promise<string | undefined> {
  const differing = (at: number, own: string | undefined) => {
    const other = JSON.stringify(mirrored[at]);
    if (own === other) return undefined;
    const name = side === BUY ? "bids" : "asks";
    return `${name}, level ${at + 1}: the book has ${own ?? "none"}, Redis ${other ?? "none"}`;
  };
  let at = 0;
  for (const own of levelTexts(spec, book, side)) {
    const difference = differing(at, own);
    if (difference !== undefined) return difference;
    if (++at % LEVELS_A_TURN === 0) await clock.wait(0);
  }
  return differing(at, undefined);
}
