import type { EmbeddedHistory } from "./embedded-history.ts";
import { type HistoryChild, startHistoryChild } from "./history-child.ts";
import type { HistoryAddresses, HistoryReport } from "./history-messages.ts";

const PAUSE_MS_MIN = 500;
const PAUSE_MS_MAX = 60_000;
/** After so long a time the process counts as sound, and the next pause is the shortest again. */
const SOUND_MS = 60_000;
/** Longer than the process itself takes at most, so that this kills only a process that does nothing. */
const CLOSE_MS_MAX = 8_000;
const CLEAN = "exit code 0";

/**
 * Starts a process of its own for the history database in a folder. Postgres keeps its thread busy for
 * seconds, which orders must not wait for. If the process ends unasked, it is started again at the same
 * addresses, and the log has the reason.
 * @throws if another process has the folder.
 */
export async function beginHistory(folder: string, log: (line: string) => void): Promise<EmbeddedHistory> {
  const keeper = new HistoryKeeper(folder, log);
  const { addresses, isNew } = await keeper.begun;
  return { ...addresses, isNew, open: () => keeper.open(), close: () => keeper.close() };
}

type Begun = Extract<HistoryReport, { kind: "begun" }>;

class HistoryKeeper {
  readonly #folder: string;
  readonly #log: (line: string) => void;
  readonly #begun = Promise.withResolvers<Begun>();
  readonly #opened = Promise.withResolvers<void>();
  #child: HistoryChild;
  #addresses: HistoryAddresses | undefined;
  /** Whether the current process has begun, and takes further requests. */
  #hasBegun = false;
  /** Why the current process ends, if it has reported that. */
  #failure: string | undefined;
  #isToBeOpen = false;
  #wasOpen = false;
  #openSinceMs = Number.POSITIVE_INFINITY;
  /** Whether a process that ends is not replaced. */
  #isOver = false;
  #pauseMs = PAUSE_MS_MIN;
  #pause: NodeJS.Timeout | undefined;

  constructor(folder: string, log: (line: string) => void) {
    this.#folder = folder;
    this.#log = log;
    this.#opened.promise.catch(() => {}); // `open` returns it
    this.#child = this.#start();
  }

  /** Where history is reached. Rejects if the first process cannot begin. */
  get begun(): Promise<Begun> {
    return this.#begun.promise;
  }

  open(): Promise<void> {
    this.#isToBeOpen = true;
    if (this.#hasBegun) this.#child.send({ kind: "open" });
    return this.#opened.promise;
  }

  async close(): Promise<void> {
    this.#isOver = true;
    clearTimeout(this.#pause);
    this.#opened.reject(new Error("history was closed before it was open"));
    this.#child.send({ kind: "close" });
    const timer = setTimeout(() => this.#child.kill(), CLOSE_MS_MAX);
    await this.#child.ended;
    clearTimeout(timer);
  }

  #start(): HistoryChild {
    const child = startHistoryChild((report) => this.#receive(report));
    [this.#hasBegun, this.#failure, this.#openSinceMs] = [false, undefined, Number.POSITIVE_INFINITY];
    child.send({ kind: "begin", folder: this.#folder, at: this.#addresses });
    void child.ended.then((how) => this.#replace(this.#failure ?? how));
    return child;
  }

  #receive(report: HistoryReport): void {
    if (report.kind === "log") this.#log(report.line);
    else if (report.kind === "begun") {
      this.#hasBegun = true;
      this.#addresses = report.addresses;
      this.#begun.resolve(report);
      if (this.#isToBeOpen) this.#child.send({ kind: "open" });
    } else if (report.kind === "open") {
      this.#openSinceMs = performance.now();
      if (this.#wasOpen) this.#log("History is open again.");
      this.#wasOpen = true;
      this.#opened.resolve();
    } else {
      this.#failure = report.reason;
      if (report.step !== "open" || this.#wasOpen) return;
      // A venue whose history never opens must be seen to by its operator.
      this.#isOver = true;
      this.#opened.reject(new Error(report.reason));
    }
  }

  /** Starts the next process after a pause, if this one has ended unasked. */
  #replace(reason: string): void {
    this.#begun.reject(new Error(reason)); // without effect once a process has begun
    if (this.#isOver && this.#failure === undefined && reason !== CLEAN)
      this.#log(`History did not close cleanly (${reason}). The next start repairs it.`);
    if (this.#isOver || this.#addresses === undefined) return;
    if (performance.now() - this.#openSinceMs > SOUND_MS) this.#pauseMs = PAUSE_MS_MIN;
    this.#log(
      `The process of history ended (${reason}). Trades are kept meanwhile and shipped later. It is started ` +
        `again in ${this.#pauseMs / 1000} s.`,
    );
    this.#pause = setTimeout(() => {
      this.#child = this.#start();
    }, this.#pauseMs);
    this.#pauseMs = Math.min(2 * this.#pauseMs, PAUSE_MS_MAX);
  }
}
