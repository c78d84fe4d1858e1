import type { OrderBook } from "../../../engine/book/order-book.ts";
import type { Event } from "../../../engine/vocabulary/event.ts";
import { EventBuffer } from "../../../engine/vocabulary/event-buffer.ts";
import type { TimeMs } from "../../../engine/vocabulary/units.ts";
import type { InstrumentSpec } from "../../../protocol/instrument-spec.ts";
import type { TradeView } from "../../../protocol/market-data.ts";
import type { Analytics } from "../../analytics/analytics.ts";
import type { Answer } from "../../calls/answer.ts";
import { type BatchRequest, type RequestLine, readLine } from "../../calls/request.ts";
import { FlushRecords } from "../../journal/flush-records.ts";
import type { Journal } from "../../journal/journal.ts";
import type { OrderRecord } from "../../records/order-record.ts";
import { IDEMPOTENCY_WINDOW_MS } from "../../storage/answer-table.ts";
import { answerBatch, type BatchProgress, FLUSH_EVENTS_MAX, newProgress } from "./answer-batch.ts";
import { answerRequest } from "./answer-request.ts";
import { CommandRunner } from "./command-runner.ts";
import { FlushReports } from "./flush-reports.ts";
import type { Gate } from "./gate.ts";
import type { InstrumentMetrics } from "./metrics.ts";
import type { FlushContext } from "./prepared.ts";

/** A batch that the next flush goes on with, of which it is the first request. */
interface BegunBatch {
  readonly line: RequestLine;
  readonly request: BatchRequest;
  readonly progress: BatchProgress;
}

/** What one flush did. */
export interface Flush {
  /** One answer a request, in order; none to the last ones where they have to wait for the next flush. */
  readonly answers: readonly Answer[];
  /** Sequence before the first event of the flush. */
  readonly previousSequence: number;
  readonly events: readonly Event[];
  readonly trades: readonly TradeView[];
  /** Every order the flush changed, as it is now. */
  readonly orders: readonly OrderRecord[];
}

/**
 * Turns a batch of requests into commands, applies them to the book and writes what happened. Runs
 * inside one transaction; anything it throws leaves the book ahead of storage, so the caller must
 * then throw the book away.
 */
export class Processor {
  readonly #spec: InstrumentSpec;
  readonly #book: OrderBook;
  readonly #journal: Journal;
  readonly #metrics: InstrumentMetrics;
  readonly #gate: Gate;
  readonly #analytics: Analytics;
  readonly #buffer = new EventBuffer();
  #begun: BegunBatch | undefined;

  constructor(
    spec: InstrumentSpec,
    book: OrderBook,
    journal: Journal,
    metrics: InstrumentMetrics,
    gate: Gate,
    analytics: Analytics,
  ) {
    this.#spec = spec;
    this.#book = book;
    this.#journal = journal;
    this.#metrics = metrics;
    this.#gate = gate;
    this.#analytics = analytics;
  }

  /** Processes the requests in order, all at one time that never goes back; before them, what is due by then. */
  flush(lines: readonly RequestLine[], nowMs: number): Flush {
    const timeMs = Math.max(nowMs, this.#book.timeMs);
    this.#gate.measure();
    const records = new FlushRecords(this.#journal);
    const reports = new FlushReports(this.#spec, this.#journal);
    const runner = new CommandRunner(this.#spec, this.#book, records, reports, this.#metrics, this.#buffer);
    const context: FlushContext = {
      ...{ spec: this.#spec, journal: this.#journal, gate: this.#gate, metrics: this.#metrics },
      ...{ runner, timeMs, isBrief: false, clientOrderIds: new Set() },
    };
    const previousSequence = this.#book.sequence;
    if ((this.#book.nextDueMs ?? Number.POSITIVE_INFINITY) <= timeMs) this.#advance(runner, timeMs as TimeMs);
    const answers: Answer[] = [];
    for (const line of lines) {
      // While an uncross goes on, everything waits for its end.
      if (this.#book.work.uncross !== undefined || runner.events.length >= FLUSH_EVENTS_MAX) break;
      const given = this.#answer(context, line);
      if (given === undefined) break;
      answers.push(given);
    }
    this.#journal.appendEvents(runner.events);
    records.write();
    reports.write();
    this.#analytics.note(runner.events, this.#book, (orderNumber) => runner.known(orderNumber).client);
    this.#journal.state.write(this.#book);
    this.#journal.statusNotes.noteEvents(runner.events);
    // Two for each that may have come in, so that the table shrinks whenever it is behind.
    this.#journal.answers.forgetOlder(timeMs - IDEMPOTENCY_WINDOW_MS, 2 * lines.length);
    this.#metrics.countFlush(answers.length);
    if (runner.events.length > 0) this.#metrics.store();
    return { answers, previousSequence, events: runner.events, trades: runner.trades, orders: records.all };
  }

  /** Undefined of a batch that is to go on in the next flush. */
  #answer(context: FlushContext, line: RequestLine): Answer | undefined {
    const request = this.#begun?.line === line ? this.#begun.request : readLine(line);
    if (request.kind !== "batch") return answerRequest(context, request);
    const progress = this.#begun?.progress ?? newProgress();
    const given = answerBatch(context, request, progress);
    this.#begun = given === undefined ? { line, request, progress } : undefined;
    return given;
  }

  #advance(runner: CommandRunner, timeMs: TimeMs): void {
    runner.run({ command: { kind: "advance", timeMs, cutoffMs: timeMs }, owners: [] });
  }
}
