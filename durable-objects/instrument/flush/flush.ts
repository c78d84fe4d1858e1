import type { OrderBook } from "../../../engine/book/order-book.ts";
import type { Event } from "../../../engine/vocabulary/event.ts";
import { EventBuffer } from "../../../engine/vocabulary/event-buffer.ts";
import type { TimeMs } from "../../../engine/vocabulary/units.ts";
import type { InstrumentSpec } from "../../../protocol/instrument-spec.ts";
import type { TradeView } from "../../../protocol/market-data.ts";
import type { Analytics } from "../../analytics/analytics.ts";
import type { Answer } from "../../calls/answer.ts";
import { type BatchCall, type CallLine, type ObjectCall, readLine } from "../../calls/call.ts";
import { FlushRecords } from "../../journal/flush-records.ts";
import type { Journal } from "../../journal/journal.ts";
import { OpenRecords } from "../../journal/open-records.ts";
import type { OrderRecord } from "../../records/order-record.ts";
import { IDEMPOTENCY_WINDOW_MS } from "../../storage/answer-table.ts";
import { answerBatch, type BatchProgress, FLUSH_EVENTS_MAX } from "./answer-batch.ts";
import { answerRequest } from "./answer-request.ts";
import { LOOKED_UP_AT_ONCE, lookUpKeys } from "./answered.ts";
import { CommandRunner } from "./command-runner.ts";
import type { FlushContext } from "./flush-context.ts";
import { FlushReports } from "./flush-reports.ts";
import type { Gate } from "./gate.ts";
import type { InstrumentMetrics } from "./metrics.ts";

/** A batch that the next flush continues, as its first request. */
interface BegunBatch {
  readonly line: CallLine;
  readonly request: BatchCall;
  readonly progress: BatchProgress;
}

/** The result of one flush. */
export interface Flush {
  /** One answer per request, in order. The last requests have none if they must wait for the next flush. */
  readonly answers: readonly Answer[];
  /** Sequence before the first event of the flush. */
  readonly previousSequence: number;
  readonly events: readonly Event[];
  readonly trades: readonly TradeView[];
  /** Every order that the flush changed, in its current state. */
  readonly orders: readonly OrderRecord[];
}

/** The parts that flushes work on. */
interface FlushParts {
  readonly spec: InstrumentSpec;
  readonly book: OrderBook;
  readonly journal: Journal;
  readonly metrics: InstrumentMetrics;
  readonly gate: Gate;
  readonly analytics: Analytics;
}

/**
 * Answers the requests of a flush and writes their effects. It runs inside one transaction. If it throws, the
 * book is ahead of storage, and the caller must discard the book.
 */
export class Processor {
  readonly #parts: FlushParts;
  readonly #buffer = new EventBuffer();
  readonly #openRecords = new OpenRecords();
  #begun: BegunBatch | undefined;

  constructor(parts: FlushParts) {
    this.#parts = parts;
  }

  /** Does due work, then answers the requests in order, all at one time that never goes back. */
  flush(lines: readonly CallLine[], nowMs: number): Flush {
    const { book, gate, journal, metrics, spec } = this.#parts;
    const timeMs = Math.max(nowMs, book.timeMs);
    const previousSequence = book.sequence;
    gate.beginFlush();
    const records = new FlushRecords(journal, this.#openRecords);
    const reports = new FlushReports(spec, journal);
    const runner = new CommandRunner({ spec, book, records, reports, metrics, buffer: this.#buffer });
    const clientOrderIds = new Set<string>();
    const context: FlushContext = {
      spec,
      journal,
      gate,
      metrics,
      runner,
      timeMs,
      isBrief: false,
      clientOrderIds,
    };
    if ((book.nextDueMs ?? Number.POSITIVE_INFINITY) <= timeMs) advance(runner, timeMs as TimeMs);
    const answers: Answer[] = [];
    let requests: readonly ObjectCall[] = [];
    for (const [index, line] of lines.entries()) {
      // During an unfinished uncross, everything waits for its end.
      if (book.work.uncross !== undefined || runner.events.length >= FLUSH_EVENTS_MAX) break;
      const place = index % LOOKED_UP_AT_ONCE;
      if (place === 0) requests = this.#read(context, lines.slice(index, index + LOOKED_UP_AT_ONCE));
      const given = this.#answer(context, line, requests[place] as ObjectCall);
      if (given === undefined) break;
      answers.push(given);
    }
    this.#write(context, records, reports, lines.length);
    metrics.countFlush(answers.length);
    if (runner.events.length > 0) metrics.store();
    return { answers, previousSequence, events: runner.events, trades: runner.trades, orders: records.all };
  }

  /** Parses the next requests, and looks up their keys. */
  #read(context: FlushContext, lines: readonly CallLine[]): ObjectCall[] {
    const requests = lines.map((line) => (this.#begun?.line === line ? this.#begun.request : readLine(line)));
    lookUpKeys(context, requests);
    return requests;
  }

  /** Undefined for a batch that continues in the next flush. */
  #answer(context: FlushContext, line: CallLine, request: ObjectCall): Answer | undefined {
    const begun = this.#begun?.line === line ? this.#begun : undefined;
    if (request.kind !== "batch") return answerRequest(context, request);
    const given = answerBatch(context, request, begun?.progress);
    this.#begun = typeof given === "string" ? undefined : { line, request, progress: given };
    return typeof given === "string" ? given : undefined;
  }

  /** Writes the effects of the flush: events, orders, reports, statistics, the rest of the book's state. */
  #write(
    { journal, runner, timeMs }: FlushContext,
    records: FlushRecords,
    reports: FlushReports,
    requestCount: number,
  ): void {
    const { analytics, book } = this.#parts;
    const quote = analytics.note(runner.events, book, (orderNumber) => runner.known(orderNumber).client);
    journal.appendEvents(runner.events, quote);
    journal.answers.write();
    records.write();
    reports.write();
    journal.state.write(book);
    journal.statusNotes.noteEvents(runner.events);
    // Deletes two for each that may have been added, so that the table shrinks whenever it is behind.
    journal.answers.forgetOlder(timeMs - IDEMPOTENCY_WINDOW_MS, 2 * requestCount);
  }
}

function advance(runner: CommandRunner, timeMs: TimeMs): void {
  runner.run({ command: { kind: "advance", timeMs, cutoffMs: timeMs }, owners: [] });
}
