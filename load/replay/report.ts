import { MESSAGE_TYPES, type MessageType } from "./lobster-file.ts";

/** Why the exchange's files and the replay differ where the venue did what the messages say. */
export const REASONS = {
  numbered_earlier:
    "the exchange numbered the executed order before those in front, so it was there first; the file introduces it late",
  passed_over: "the exchange passed over the order in front, though it numbered that one first",
  behind_seeded: "quantity of the first book row, which the file never names, stands in front",
  better_price: "the messages leave a better price on the book",
  other_price: "the execution's price is not the order's",
  never_introduced: "the file never introduced the order, nor does the first book row hold it",
  introduced_twice: "the file introduces an order that is still open",
  more_than_left: "the file takes more from the order than it has left",
  new_order_crossed: "the new order crosses the book that the messages made",
  level_missing: "the row has a level, or more of one, that the messages never introduced",
  level_left_over: "the row lacks a level, or part of one, that the messages never take away",
} as const;
export type Reason = keyof typeof REASONS;

/** So many disagreements of one kind are shown. */
const SHOWN_MAX = 50;

/** Counts what the replay found and prints the disagreements, so many of a kind, as they are found. */
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
  readonly rows = { compared: 0, bboAgree: 0, allAgree: 0, total: 0 };
  /** Differences that the data does not explain. */
  faultCount = 0;
  /** Disagreements counted and not shown. */
  hiddenCount = 0;

  constructor(print: (line: string) => void, isVerbose: boolean) {
    this.#print = print;
    this.#shownMax = isVerbose ? Number.POSITIVE_INFINITY : SHOWN_MAX;
  }

  countMessage(type: MessageType): void {
    this.messages[type] = (this.messages[type] ?? 0) + 1;
  }

  /** A disagreement that is in the data. `what` groups it in the summary. */
  explained(line: number, what: string, subject: string, reason: Reason): void {
    const key = `${what}: ${reason}`;
    const count = (this.disagreements.get(key) ?? 0) + 1;
    this.disagreements.set(key, count);
    if (count > this.#shownMax) this.hiddenCount++;
    else this.#print(`line ${line}: ${subject}: ${REASONS[reason]} (${reason})`);
  }

  /** A difference between the venue and what it was asked to do: our fault, always shown. */
  fault(line: number, text: string): void {
    this.faultCount++;
    this.#print(`line ${line}: BUG: ${text}`);
  }

  /** The summary, line by line. */
  summary(requestCount: number, ordersPlaced: number, seconds: number): string[] {
    const { introduced, seeded, notSent } = this.executions;
    const { compared, bboAgree, allAgree, total } = this.rows;
    const table: [string, string][] = [];
    for (const [number, type] of Object.entries(MESSAGE_TYPES)) {
      const count = this.messages[type];
      if (count !== undefined) table.push([`messages of type ${number}, ${type}`, figure(count)]);
    }
    if (total > 0) {
      table.push(
        ["book rows compared", `${figure(compared)} of ${figure(total)}`],
        ["  best bid and offer agree", `${figure(bboAgree)} of ${figure(compared)}`],
        ["  every level agrees", `${figure(allAgree)} of ${figure(compared)}`],
      );
    }
    const ofIntroduced = introduced.exact + introduced.notExact;
    const ofSeeded = seeded.exact + seeded.notExact;
    table.push(
      ["executions of introduced orders", figure(ofIntroduced)],
      ["  hit exactly the exchange's order", `${figure(introduced.exact)} of ${figure(ofIntroduced)}`],
      ["executions of orders of the first row", figure(ofSeeded)],
      ["  hit exactly the exchange's order", `${figure(seeded.exact)} of ${figure(ofSeeded)}`],
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
    return this.hiddenCount === 0
      ? lines
      : [`… and ${figure(this.hiddenCount)} more disagreements; --verbose shows all`, ...lines];
  }
}

/** An integer with its thousands apart. */
export function figure(value: number): string {
  return value.toLocaleString("en-US");
}
