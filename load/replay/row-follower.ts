import type { StreamBook } from "../stream/stream-book.ts";
import type { BookRow, Message, RowLevel, Side } from "./lobster-file.ts";
import type { Mentions } from "./mentions.ts";
import type { Replayer } from "./replayer.ts";
import type { Report, RowOutcome } from "./report.ts";
import { bestLevels, type RowReader } from "./row-check.ts";
import { type Difference, firstDifference, isAsGood, tellDifferences } from "./row-difference.ts";
import { claim } from "./seed.ts";
import type { Units } from "./units.ts";

/** The parts of a follower. */
export interface FollowerParts {
  readonly replayer: Replayer;
  readonly stream: StreamBook;
  readonly units: Units;
  readonly report: Report;
  readonly mentions: Mentions;
}

const SIDES = ["sell", "buy"] as const;

/**
 * Follows a book file that has a row for every message.
 *
 * Such messages name only what happens within the levels of the rows. When a level disappears, the next one
 * comes into view from below, and only the row shows it. The follower therefore compares what the previous
 * row showed and the message changed. It adopts from the row what is beyond the worst level of a full row:
 * the venue's book is changed to match. A difference is reported once, and then adopted from the row too.
 */
export class RowFollower implements RowReader {
  readonly #rows: readonly BookRow[];
  readonly #parts: FollowerParts;
  #next = 0;

  /** @param rows one per message. */
  constructor(rows: readonly BookRow[], parts: FollowerParts) {
    this.#rows = rows;
    this.#parts = parts;
    parts.report.rows.total = rows.length;
  }

  before(_message: Message): void {}

  async after(message: Message): Promise<number | undefined> {
    const row = this.#rows[this.#next];
    if (row === undefined) return undefined;
    const last = this.#rows[this.#next - 1] ?? row;
    const readings = SIDES.map((side) => this.#read(side, last, row));
    const differences = readings.map(({ difference }) => difference).filter((each) => each !== undefined);
    const isAtBest = tellDifferences(this.#parts.report, message.line, row, differences);
    const best = outcome(
      isAtBest,
      readings.some(({ isBestTold }) => isBestTold),
    );
    const all = outcome(
      differences.length > 0,
      readings.some(({ isTold }) => isTold),
    );
    this.#parts.report.countRow({ best, all });
    await this.#become(message.line, row);
    this.#next++;
    return row.line;
  }

  /** Compares the part of a side that the messages name. */
  #read(side: Side, last: BookRow, row: BookRow): SideReading {
    const { stream, units } = this.#parts;
    const edge = edgeOf(side, last);
    const isNamed = ({ price }: RowLevel) => edge === undefined || isAsGood(side, price, edge);
    const shown = levelsOf(side, row);
    const theirs = shown.filter(isNamed);
    const ours = bestLevels(stream, units, side, row.levelsMax).filter(isNamed);
    // Below the edge, the row also counts if it shows that nothing is there.
    const isTold = edge !== undefined && theirs.length < row.levelsMax;
    return {
      difference: firstDifference(side, ours, theirs),
      isTold,
      isBestTold: isTold && theirs.length === 0 && ours.length === 0,
    };
  }

  /** Changes the venue's book to that of a row, as far down as the row shows. */
  async #become(line: number, row: BookRow): Promise<void> {
    for (const side of SIDES) await this.#clear(line, side, row);
    for (const side of SIDES) await this.#fill(line, side, row);
  }

  /** Removes the levels that the row does not have. */
  async #clear(line: number, side: Side, row: BookRow): Promise<void> {
    const edge = edgeOf(side, row);
    const shown = new Set(levelsOf(side, row).map(({ price }) => price));
    for (const price of this.#parts.replayer.book.prices(side)) {
      if (edge !== undefined && !isAsGood(side, price, edge)) break;
      if (!shown.has(price)) await this.#parts.replayer.become(line, { side, price }, []);
    }
  }

  async #fill(line: number, side: Side, row: BookRow): Promise<void> {
    const { replayer, mentions } = this.#parts;
    for (const { price, lots } of levelsOf(side, row)) {
      const { book } = replayer;
      const last = this.#rows[this.#next - 1] ?? row;
      const edge = edgeOf(side, last);
      const wasNamed = edge === undefined || isAsGood(side, price, edge);
      const isSameSize = book.lotsAt(side, price) === lots;
      if (wasNamed && isSameSize) continue;
      const named = mentions.after(this.#next, side, price);
      const claimed = claim({ number: undefined, side, price, lots }, named);
      const isHere = ({ number, lots: needed }: { number: number | undefined; lots: number }) =>
        number === undefined || book.lotsOf(number) >= needed;
      if (isSameSize && claimed.every(isHere)) continue;
      const cancels = new Map(named.map(({ number, partialCancels }) => [number, partialCancels]));
      await replayer.become(line, { side, price }, claimed, cancels);
    }
  }
}

interface SideReading {
  readonly difference: Difference | undefined;
  /** Whether a part of the side was adopted from the row itself. */
  readonly isTold: boolean;
  /** Whether its best level was. */
  readonly isBestTold: boolean;
}

function outcome(isDifferent: boolean, isTold: boolean): RowOutcome {
  if (isDifferent) return "differs";
  return isTold ? "told" : "agrees";
}

function levelsOf(side: Side, row: BookRow): readonly RowLevel[] {
  return side === "sell" ? row.asks : row.bids;
}

/** The worst price of a side that a row shows in full; undefined if it shows the whole side. */
function edgeOf(side: Side, row: BookRow): number | undefined {
  const levels = levelsOf(side, row);
  return levels.length < row.levelsMax ? undefined : levels.at(-1)?.price;
}
