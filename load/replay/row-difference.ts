import type { BookRow, RowLevel, Side } from "./lobster-file.ts";
import type { Report } from "./report.ts";

/** The first level at which a side of the venue's book differs from the row's. */
export interface Difference {
  /** Counted from 1, the best. */
  readonly level: number;
  readonly text: string;
  /** Whether the venue lacks what the row has, and not the other way round. */
  readonly isMissing: boolean;
}

/** @returns the first difference between two lists of levels, best first, or undefined if there is none. */
export function firstDifference(
  side: Side,
  ours: readonly RowLevel[],
  theirs: readonly RowLevel[],
): Difference | undefined {
  for (let index = 0; index < Math.max(ours.length, theirs.length); index++) {
    const [our, their] = [ours[index], theirs[index]];
    if (our?.price === their?.price && our?.lots === their?.lots) continue;
    const level = index + 1;
    const name = side === "sell" ? "ask" : "bid";
    const show = (each: RowLevel | undefined) => (each ? `${each.lots} at ${each.price}` : "no level");
    return {
      level,
      text: `${name} level ${level} is ${show(our)} and should be ${show(their)}`,
      isMissing: lacks(side, our, their),
    };
  }
  return undefined;
}

/** Reports a row's differences. @returns whether one is at the best level of a side. */
export function tellDifferences(
  report: Report,
  line: number,
  row: BookRow,
  differences: readonly Difference[],
): boolean {
  const isAtBest = differences.some(({ level }) => level === 1);
  for (const { text, isMissing } of differences) {
    const subject = `book row ${row.line}: ${text}`;
    const what = isAtBest ? "rows, best bid or offer" : "rows, deeper levels";
    report.explained(line, what, subject, isMissing ? "level_missing" : "level_left_over");
  }
  return isAtBest;
}

/** Whether a price of a side is at least as good as another. */
export function isAsGood(side: Side, price: number, than: number): boolean {
  return side === "buy" ? price >= than : price <= than;
}

function lacks(side: Side, our: RowLevel | undefined, their: RowLevel | undefined): boolean {
  if (our === undefined || their === undefined) return our === undefined;
  if (our.price === their.price) return our.lots < their.lots;
  return !isAsGood(side, our.price, their.price);
}
