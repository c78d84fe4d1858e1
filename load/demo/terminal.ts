/** The terminal to draw on. */
interface TerminalOutput {
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

const OPEN = "\x1b[?1049h\x1b[?25l";
const CLOSE = "\x1b[?25h\x1b[?1049l";
/** Terminals that support these show the text between them at once. */
const [BEGIN, END] = ["\x1b[?2026h", "\x1b[?2026l"];

/** An alternate screen. When it closes, the previous content of the terminal returns. */
export class TerminalScreen {
  readonly #output: TerminalOutput;
  /** Its content, line by line. */
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

  /** Shows lines. Writes only changed lines, unless the size of the terminal has changed. */
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

  /** It is safe to call this twice. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#output.write(CLOSE);
  }
}
