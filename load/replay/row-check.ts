import type { StreamBook } from "../stream/stream-book.ts";
import type { BookRow, Message, RowLevel } from "./lobster-file.ts";
import type { Report } from "./report.ts";
import type { Units } from "./units.ts";

/**
 * Holds the venue's book, as its stream shows it, against the exchange's book file.
 *
 * A book file of ten levels has a row for each message that touched the ten best levels. Where the
 * messages come from a file of more levels, the rows are fewer than the messages, and nothing in the
 * files says which message made which row. The book says it: a message has a row if its price is among
 * the best levels of its side before it or after it. Executions of hidden orders, auction trades and
 * halts have no level; the file has a row for every one of them.
 */
export class RowCheck {
  readonly #rows: readonly BookRow[];
  readonly #isAligned: boolean;
  readonly #stream: StreamBook;
  readonly #units: Units;
  readonly #report: Report;
  #next = 0;
  #wasWithin = false;

  /** @param isAligned whether every message has a row. */
  constructor(
    rows: readonly BookRow[],
    isAligned: boolean,
    { stream, units, report }: { stream: StreamBook; units: Units; report: Report },
  ) {
    this.#rows = rows;
    this.#isAligned = isAligned;
    this.#stream = stream;
    this.#units = units;
    this.#report = report;
    report.rows.total = rows.length;
  }

  /** To be called before a message is applied. */
  before(message: Message): void {
    const row = this.#rows[this.#next];
    this.#wasWithin = row !== undefined && this.#isWithin(message, row.levelsMax);
  }

  /**
   * To be called after it. Compares the row that the message made.
   * @returns the row's line, or undefined where the message made none.
   */
  after(message: Message): number | undefined {
    const row = this.#rows[this.#next];
    if (row === undefined) return undefined;
    const hasRow =
      this.#isAligned || isOffBook(message) || this.#wasWithin || this.#isWithin(message, row.levelsMax);
    if (!hasRow) return undefined;
    this.#next++;
    this.#compare(message, row);
    return row.line;
  }

  /** Whether a level exists at the message's price, and is among the best of its side. */
  #isWithin({ side, price }: Message, levelsMax: number): boolean {
    const text = price > 0 ? this.#units.priceText(price) : "";
    const place = this.#stream.side(side).findIndex((level) => level.price === text);
    return place >= 0 && place < levelsMax;
  }

  #compare(message: Message, row: BookRow): void {
    const { rows } = this.#report;
    rows.compared++;
    const faults = [
      firstDifference("ask", this.#best("sell", row.levelsMax), row.asks),
      firstDifference("bid", this.#best("buy", row.levelsMax), row.bids),
    ].filter((difference) => difference !== undefined);
    const isBboFault = faults.some(({ level }) => level === 1);
    if (!isBboFault) rows.bboAgree++;
    if (faults.length === 0) rows.allAgree++;
    for (const { text, isMissing } of faults) {
      const subject = `book row ${row.line}: ${text}`;
      const what = isBboFault ? "rows, best bid or offer" : "rows, deeper levels";
      this.#report.explained(message.line, what, subject, isMissing ? "level_missing" : "level_left_over");
    }
  }

  #best(side: "buy" | "sell", levelsMax: number): RowLevel[] {
    return this.#stream
      .side(side)
      .slice(0, levelsMax)
      .map(({ price, quantity }) => ({ price: this.#units.price(price), lots: this.#units.lots(quantity) }));
  }
}

function isOffBook({ type }: Message): boolean {
  return type === "hidden_execution" || type === "auction_trade" || type === "halt";
}

interface Difference {
  /** Counted from 1, the best. */
  readonly level: number;
  readonly text: string;
  /** Whether the venue lacks what the row has, rather than the other way round. */
  readonly isMissing: boolean;
}

function firstDifference(
  side: "ask" | "bid",
  ours: readonly RowLevel[],
  theirs: readonly RowLevel[],
): Difference | undefined {
  for (let index = 0; index < Math.max(ours.length, theirs.length); index++) {
    const [our, their] = [ours[index], theirs[index]];
    if (our?.price === their?.price && our?.lots === their?.lots) continue;
    const level = index + 1;
    const show = (each: RowLevel | undefined) => (each ? `${each.lots} at ${each.price}` : "no level");
    return {
      level,
      text: `${side} level ${level} is ${show(our)} and should be ${show(their)}`,
      isMissing: lacks(side, our, their),
    };
  }
  return undefined;
}

function lacks(side: "ask" | "bid", our: RowLevel | undefined, their: RowLevel | undefined): boolean {
  if (our === undefined || their === undefined) return our === undefined;
  if (our.price === their.price) return our.lots < their.lots;
  return side === "bid" ? our.price < their.price : our.price > their.price;
}
