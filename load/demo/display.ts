import { type DemoView, screenLines } from "./screen.ts";
import { TerminalScreen } from "./terminal.ts";

const SCREEN_EVERY_MS = 200;
const LINE_EVERY_MS = 5_000;

/**
 * Shows the progress of a demo: on a full screen if the output is a terminal, otherwise with a line from time
 * to time.
 */
export class Display {
  /** The interval of updates. */
  readonly everyMs: number;
  readonly #screen: TerminalScreen | undefined;

  constructor(output: NodeJS.WriteStream = process.stdout) {
    // A terminal that calls itself dumb supports no control sequences.
    const isScreen = output.isTTY === true && process.env.TERM !== "dumb";
    this.#screen = isScreen ? new TerminalScreen(output) : undefined;
    this.everyMs = isScreen ? SCREEN_EVERY_MS : LINE_EVERY_MS;
  }

  open({ url, doing }: DemoView): void {
    if (this.#screen === undefined) {
      console.log(`Trading at ${url}: ${doing}; Ctrl-C stops it`);
      return;
    }
    this.#screen.open();
    // However this process ends, the terminal is restored.
    process.once("exit", () => this.#screen?.close());
  }

  show(view: DemoView): void {
    if (this.#screen === undefined) console.log(summaryLine(view));
    else this.redraw(view);
  }

  /** Updates a screen. Prints nothing without one. */
  redraw(view: DemoView): void {
    this.#screen?.draw(screenLines(view, this.#screen.size));
  }

  /** Ends with a line about what was done. */
  close(view: DemoView): void {
    this.#screen?.close();
    console.log(summaryLine(view));
  }
}

function summaryLine({ totals, markets }: DemoView): string {
  const quotes = markets.map(({ instrument, bids, asks }) => {
    return `${instrument} ${bids[0]?.price ?? "–"} / ${asks[0]?.price ?? "–"}`;
  });
  return [totals, ...quotes].join("  ");
}
