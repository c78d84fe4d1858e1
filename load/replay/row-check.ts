import type { StreamBook } from "../stream/stream-book.ts";
import { type BookRow, isOffBook, type Message, type RowLevel, type Side } from "./lobster-file.ts";
import type { Report } from "./report.ts";
import { firstDifference, tellDifferences } from "./row-difference.ts";
import type { Units } from "./units.ts";

/** Reads the rows of a book file along with the messages. */
export interface RowReader {
  /** Call this before a message is applied. */
  before(message: Message): void;
  /**
   * Call this after the message. It compares the row that the message made.
   * @returns the row's line, or undefined if the message made none.
   */
  after(message: Message): Promise<number | undefined>;
}

/** The best levels of a side of the venue's book, in the file's units. */
export function bestLevels(stream: StreamBook, units: Units, side: Side, levelsMax: number): RowLevel[] {
  return stream
    .side(side)
    .slice(0, levelsMax)
    .map(({ price, quantity }) => ({ price: units.price(price), lots: units.lots(quantity) }));
}

/**
 * Compares the venue's book, from its stream, with the exchange's book file.
 *
 * A book file of ten levels has a row for each message that touched the ten best levels. If the messages come
 * from a file with more levels, there are fewer rows than messages, and the files do not say which message
 * made which row. The book does: a message has a row if its price is among the best levels of its side before
 * or after it. Executions of hidden orders, auction trades and halts have no level. The file has a row for
 * each of them.
 */
export class RowCheck implements RowReader {
  readonly #rows: readonly BookRow[];
  readonly #stream: StreamBook;
  readonly #units: Units;
  readonly #report: Report;
  #next = 0;
  #wasWithin = false;

  constructor(
    rows: readonly BookRow[],
    { stream, units, report }: { stream: StreamBook; units: Units; report: Report },
  ) {
    this.#rows = rows;
    this.#stream = stream;
    this.#units = units;
    this.#report = report;
    report.rows.total = rows.length;
  }

  before(message: Message): void {
    const row = this.#rows[this.#next];
    this.#wasWithin = row !== undefined && this.#isWithin(message, row.levelsMax);
  }

  async after(message: Message): Promise<number | undefined> {
    const row = this.#rows[this.#next];
    if (row === undefined) return undefined;
    const hasRow = isOffBook(message) || this.#wasWithin || this.#isWithin(message, row.levelsMax);
    if (!hasRow) return undefined;
    this.#next++;
    this.#compare(message, row);
    return row.line;
  }

  /** Whether a level exists at the message's price and is among the best of its side. */
  #isWithin(message: Message, levelsMax: number): boolean {
    if (isOffBook(message)) return false;
    const { side, price } = message;
    return bestLevels(this.#stream, this.#units, side, levelsMax).some((level) => level.price === price);
  }

  #compare(message: Message, row: BookRow): void {
    const differences = [
      firstDifference("sell", bestLevels(this.#stream, this.#units, "sell", row.levelsMax), row.asks),
      firstDifference("buy", bestLevels(this.#stream, this.#units, "buy", row.levelsMax), row.bids),
    ].filter((difference) => difference !== undefined);
    const isAtBest = tellDifferences(this.#report, message.line, row, differences);
    this.#report.countRow({
      best: isAtBest ? "differs" : "agrees",
      all: differences.length > 0 ? "differs" : "agrees",
    });
  }
}
