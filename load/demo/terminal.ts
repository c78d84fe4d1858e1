/** What is drawn on: a terminal. */
interface TerminalOutput {
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

const OPEN = "\x1b[?1049h\x1b[?25l";
const CLOSE = "\x1b[?25h\x1b[?1049l";
/** A terminal that knows them shows what is between in one go. */
const [BEGIN, END] = ["\x1b[?2026h", "\x1b[?2026l"];

/** A screen of a program's own: what was on the terminal comes back when it is closed. */
export class TerminalScreen {
  readonly #output: TerminalOutput;
  /** What is on it, line by line. */
  #lines: readonly string[] = [];
  #size = "";
  #isOpen = false;

  constructor(output: TerminalOutput) {
    this.#output = output;
  }

  get size(): { columns: number; rows: number } {
    return { columns: this.#output.columns || 80, rows: this.#output.rows || 24 };
  }

  open(): void {
    this.#output.write(OPEN);
    this.#isOpen = true;
  }

  /** Shows lines; writes only those that have changed, unless the terminal's size has. */
  draw(lines: readonly string[]): void {
    const size = Object.values(this.size).join();
    const isSame = size === this.#size;
    const changed = lines.flatMap((line, row) =>
      isSame && line === this.#lines[row] ? [] : [`\x1b[${row + 1};1H${line}`],
    );
    this.#lines = [...lines];
    this.#size = size;
    this.#output.write(`${BEGIN}${isSame ? "" : "\x1b[2J"}${changed.join("")}${END}`);
  }

  /** Safe to call twice. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#output.write(CLOSE);
  }
}
