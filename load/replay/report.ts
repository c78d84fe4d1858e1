import { MESSAGE_TYPES, type MessageType } from "./lobster-file.ts";

/**
 * The reasons why the exchange's files and the replay differ although the venue did what the messages say.
 */
export const REASONS = {
  numbered_earlier:
    "the exchange numbered the executed order before those in front, so it was there first; the file introduces it late",
  passed_over: "the exchange passed over the order in front, though it numbered that one first",
  behind_seeded: "quantity of a book row, which the file never names, stands in front",
  better_price: "the messages leave a better price on the book",
  other_price: "the execution's price is not the order's",
  never_introduced: "the file never introduced the order, nor does a book row hold it",
  introduced_twice: "the file introduces an order that is still open",
  more_than_left: "the file takes more from the order than it has left",
  new_order_crossed: "the new order crosses the book that the messages made",
  level_missing: "the row has a level, or more of one, that the messages never introduced",
  level_left_over: "the row lacks a level, or part of one, that the messages never take away",
} as const;
export type Reason = keyof typeof REASONS;

/**
 * The result of a row. `told` means that it agrees as far as the messages name it, and that the rest was
 * adopted from the row itself.
 */
export type RowOutcome = "agrees" | "differs" | "told";

/** The most disagreements of one kind that are printed. */
const SHOWN_MAX = 50;

/** Counts what the replay found, and prints disagreements as they are found, up to a number of each kind. */
export class Report {
  readonly #print: (line: string) => void;
  readonly #shownMax: number;
  readonly messages: Record<string, number> = {};
  readonly disagreements = new Map<string, number>();
  readonly executions = {
    introduced: { exact: 0, notExact: 0 },
    seeded: { exact: 0, notExact: 0 },
    notSent: 0,
  };
  /** `compared` counts the rows of which nothing was adopted from the row itself, and those that differ. */
  readonly rows = {
    total: 0,
    reached: 0,
    best: { agree: 0, compared: 0 },
    all: { agree: 0, compared: 0 },
  };
  /** Differences that the data does not explain. */
  faultCount = 0;
  /** Disagreements that are counted and not printed. */
  hiddenCount = 0;

  constructor(print: (line: string) => void, isVerbose: boolean) {
    this.#print = print;
    this.#shownMax = isVerbose ? Number.POSITIVE_INFINITY : SHOWN_MAX;
  }

  countMessage(type: MessageType): void {
    this.messages[type] = (this.messages[type] ?? 0) + 1;
  }

  /** Counts a row: the results of its best bid and offer, and of all its levels. */
  countRow(outcomes: { readonly best: RowOutcome; readonly all: RowOutcome }): void {
    this.rows.reached++;
    for (const key of ["best", "all"] as const) {
      if (outcomes[key] === "told") continue;
      this.rows[key].compared++;
      if (outcomes[key] === "agrees") this.rows[key].agree++;
    }
  }

  /** The agreement among everything comparable, in one line. */
  headline(): string {
    const { best, all } = this.rows;
    const { introduced, seeded } = this.executions;
    const exact = introduced.exact + seeded.exact;
    const executions = exact + introduced.notExact + seeded.notExact;
    const told = [
      best.compared > 0 && `best bid and offer in ${share(best.agree, best.compared)} rows`,
      all.compared > 0 && `every level in ${share(all.agree, all.compared)}`,
      executions > 0 && `${share(exact, executions)} executions hit exactly the exchange's order`,
    ].filter((each) => each !== false);
    return told.length === 0
      ? "Nothing could be compared."
      : `Of what could be compared agree: ${told.join("; ")}.`;
  }

  /** Reports a disagreement that is in the data. `what` groups it in the summary. */
  explained(line: number, what: string, subject: string, reason: Reason): void {
    const key = `${what}: ${reason}`;
    const count = (this.disagreements.get(key) ?? 0) + 1;
    this.disagreements.set(key, count);
    if (count > this.#shownMax) this.hiddenCount++;
    else this.#print(`line ${line}: ${subject}: ${REASONS[reason]} (${reason})`);
  }

  /** Reports a difference between the venue and the replay's expectation. It is a bug, and always printed. */
  fault(line: number, text: string): void {
    this.faultCount++;
    this.#print(`line ${line}: BUG: ${text}`);
  }

  /** The summary, line by line. */
  summary(requestCount: number, ordersPlaced: number, seconds: number): string[] {
    const { introduced, seeded, notSent } = this.executions;
    const { total, reached, best, all } = this.rows;
    const table: [string, string][] = [];
    for (const [number, type] of Object.entries(MESSAGE_TYPES)) {
      const count = this.messages[type];
      if (count !== undefined) table.push([`messages of type ${number}, ${type}`, figure(count)]);
    }
    if (total > 0) {
      table.push(
        ["book rows", share(reached, total)],
        ["  best bid and offer agree", share(best.agree, best.compared)],
        ["  best bid or offer on the row's word", figure(reached - best.compared)],
        ["  every level agrees", share(all.agree, all.compared)],
        ["  a level on the row's word", figure(reached - all.compared)],
      );
    }
    const ofIntroduced = introduced.exact + introduced.notExact;
    const ofSeeded = seeded.exact + seeded.notExact;
    table.push(
      ["executions of introduced orders", figure(ofIntroduced)],
      ["  hit exactly the exchange's order", share(introduced.exact, ofIntroduced)],
      ["executions of orders that only rows show", figure(ofSeeded)],
      ["  hit exactly the exchange's order", share(seeded.exact, ofSeeded)],
      ["executions of unknown orders, not sent", figure(notSent)],
    );
    for (const [key, count] of [...this.disagreements].sort()) table.push([key, figure(count)]);
    table.push(
      ["differences that the data does not explain", figure(this.faultCount)],
      ["orders placed", `${figure(ordersPlaced)}, ${figure(Math.round(ordersPlaced / seconds))} a second`],
      ["requests", `${figure(requestCount)}, ${figure(Math.round(requestCount / seconds))} a second`],
      ["time", `${seconds.toFixed(1)} s`],
    );
    const width = Math.max(...table.map(([name]) => name.length));
    const lines = table.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
    const hidden = `… and ${figure(this.hiddenCount)} more disagreements; --verbose shows all`;
    return [...(this.hiddenCount === 0 ? [] : [hidden, ""]), this.headline(), "", ...lines];
  }
}

function share(part: number, whole: number): string {
  return `${figure(part)} of ${figure(whole)}`;
}

/** An integer with thousands separators. */
export function figure(value: number): string {
  return value.toLocaleString("en-US");
}
