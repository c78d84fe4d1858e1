import { cpSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { startVenue, type VenueProcess } from "../../host/venue.ts";
import { openInstrumentFile } from "../system/support/instrument-file.ts";
import { INSTRUMENT, INSTRUMENTS, writeBook } from "./book-file.ts";
import type { Book } from "./books.ts";
import { limitedProgram } from "./limited-bundle.ts";

export const ADMIN_TOKEN = "limits";

/** workerd warns if an alarm is moved that was due when the process was killed. */
const HOST_WARNING = /warning: .*SQLite alarm overdue/;

/** A venue on workerd whose storage accepts no value above a limit. */
export class LimitedVenue {
  readonly dataFolder: string;
  /** Warnings and errors in its log. */
  readonly problems: string[] = [];
  /** The largest value in a statement. */
  valueBytesMax = 0;
  /** The most memory that any of its processes used. */
  memoryBytesMax = 0;
  readonly #program: ReturnType<typeof limitedProgram>;
  #venue: VenueProcess | undefined;

  /** @param folder the folder of the data and the program. */
  constructor(folder: string, valueBytesMax: number) {
    this.dataFolder = join(folder, "venue");
    this.#program = limitedProgram(join(folder, "program"), valueBytesMax);
  }

  /**
   * Writes a book to the instrument, before anything else happens. @param empty an empty instrument for the
   * neighbours.
   */
  async fill(book: Book, size: number, empty: string): Promise<void> {
    if (!existsSync(empty)) {
      await this.start();
      await (await fetch(`${this.url}/public/orderbook?instrument=${INSTRUMENT}`)).text();
      await this.stop();
      cpSync(this.dataFolder, empty, { recursive: true });
    } else cpSync(empty, this.dataFolder, { recursive: true });
    using database = openInstrumentFile(this.dataFolder, INSTRUMENT);
    writeBook(database, book.orders(size), book.status, Date.now() - 60_000);
  }

  async start(): Promise<void> {
    this.#venue = await startVenue({
      dataFolder: this.dataFolder,
      vars: { INSTRUMENTS, ADMIN_TOKEN },
      onLog: (line) => this.#note(line),
      program: this.#program,
    });
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const venue = this.#venue;
    if (venue === undefined) return;
    this.#venue = undefined;
    this.memoryBytesMax = Math.max(this.memoryBytesMax, peakBytes(venue.pid));
    await venue.stop(signal);
  }

  get url(): string {
    if (this.#venue === undefined) throw new Error("the venue is down");
    return this.#venue.url;
  }

  #note(line: string): void {
    const largest = /"event":"largest_value","bytes":(\d+)/.exec(line)?.[1];
    if (largest !== undefined) this.valueBytesMax = Math.max(this.valueBytesMax, Number(largest));
    else if (!line.includes('"level":"info"') && !HOST_WARNING.test(line)) this.problems.push(line);
  }
}

function peakBytes(pid: number): number {
  const kilobytes = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kilobytes) * 1024;
}
