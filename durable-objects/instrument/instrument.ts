import { DurableObject } from "cloudflare:workers";
import { OrderBook } from "../../engine/order-book.ts";
import { BUY, SELL } from "../../engine/units.ts";
import type { InstrumentSpec } from "../../protocol/instrument-spec.ts";
import type { TradeView } from "../../protocol/market-data.ts";
import type { OrderIdentity } from "../../protocol/order-id.ts";
import type { Env } from "../env.ts";
import { Outbox } from "../outbox/outbox.ts";
import { configuredSinks } from "../outbox/sinks.ts";
import { Watermarks } from "../outbox/watermarks.ts";
import { type Answer, problemAnswer } from "./answer.ts";
import { snapshotMessage, updateMessage } from "./feed.ts";
import { Gate, storageBytesMax } from "./gate.ts";
import { Journal } from "./journal.ts";
import { eventsRetained } from "./journal-limit.ts";
import { InstrumentMetrics, type MetricsReading } from "./metrics.ts";
import { type Operation, Operator } from "./operator.ts";
import { Origin } from "./origin.ts";
import { Processor } from "./processor.ts";
import { Pruner } from "./pruning.ts";
import { type OpenOrdersPage, Reader } from "./reader.ts";
import { Rebuilder } from "./rebuild.ts";
import { RECENT_TRADES_MAX, restoreBook, restoreRecentTrades } from "./recovery.ts";
import type { RequestLine } from "./request.ts";
import { runSchemaSteps } from "./schema-steps.ts";
import { Sequencer } from "./sequencer.ts";
import { Sessions } from "./sessions.ts";
import { specOf } from "./spec-of.ts";
import { statusNow } from "./status-view.ts";
import type { Verification } from "./verification.ts";
import { Verifier } from "./verifier.ts";

/**
 * One instrument: the single place where its orders are sequenced, matched and journaled. This shell
 * only decodes, sequences, journals and fans out; what an order means is decided in `engine/`.
 *
 * Its memory is a cache of its storage. After anything unexpected it aborts and starts again from
 * there; that is also how it starts every other time, so there is one recovery path.
 */
export class Instrument extends DurableObject<Env> {
  readonly #spec: InstrumentSpec;
  readonly #journal: Journal;
  readonly #sessions: Sessions;
  readonly #metrics = new InstrumentMetrics();
  readonly #sequencer = new Sequencer((lines) => this.#flush(lines));
  readonly #watermarks: Watermarks;
  readonly #outbox: Outbox;
  readonly #pruner: Pruner;
  readonly #gate: Gate;
  readonly #origin: Origin;
  readonly #verifier: Verifier;
  readonly #operator: Operator;
  readonly #reader: Reader;
  #book: OrderBook;
  #recentTrades: TradeView[] = [];
  #processor: Processor;
  #restoreMs = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#spec = specOf(ctx, env);
    this.#journal = new Journal(ctx.storage.sql);
    this.#gate = new Gate(ctx.storage.sql, storageBytesMax(env.STORAGE_BYTES_MAX));
    this.#origin = new Origin(this.#spec, env, ctx.storage.sql, this.#gate);
    this.#sessions = new Sessions(ctx);
    this.#book = new OrderBook(this.#spec.rules);
    this.#processor = new Processor(this.#spec, this.#book, this.#journal, this.#metrics, this.#gate);
    const sinks = configuredSinks(env, this.#spec, this.#journal, () => {
      return { book: this.#book, recentTrades: this.#recentTrades };
    });
    this.#watermarks = new Watermarks(ctx.storage.sql);
    this.#outbox = new Outbox(ctx.storage, this.#watermarks, sinks, () => this.#book);
    const retained = eventsRetained(env.JOURNAL_EVENTS_RETAINED);
    this.#pruner = new Pruner(ctx.storage, this.#spec, this.#journal, retained);
    const stored = { storage: ctx.storage, spec: this.#spec, journal: this.#journal };
    this.#verifier = new Verifier({ ...stored, pruner: this.#pruner, book: () => this.#book }, env);
    this.#reader = new Reader({
      ...{ spec: this.#spec, journal: this.#journal, gate: this.#gate },
      book: () => this.#book,
      recentTrades: () => this.#recentTrades,
    });
    this.#operator = new Operator({
      gate: this.#gate,
      readMetrics: () => this.readMetrics(),
      epoch: () => this.#journal.epoch(),
      verify: () => this.#verifier.report(),
      rebuilder: new Rebuilder({ ...stored, gate: this.#gate, reload: () => this.#reload() }, env),
    });
    void ctx.blockConcurrencyWhile(() => this.#start());
  }

  async #start(): Promise<void> {
    runSchemaSteps(this.ctx.storage);
    // The clock stands still while the object computes; it moves on with each turn of the event loop.
    await scheduler.wait(0);
    const startedMs = Date.now();
    this.#load();
    await scheduler.wait(0);
    this.#restoreMs = Date.now() - startedMs;
    this.#origin.start(this.#book.sequence === 0);
    void this.#origin.settle();
    await this.#outbox.rearm();
  }

  /** Starts again from storage that was written anew: subscribers connect again and begin with a snapshot. */
  #reload(): void {
    this.#watermarks.forget();
    this.#load();
    this.#sessions.closeAll();
    this.#outbox.refresh("redis");
  }

  /** Brings the memory to what is stored. */
  #load(): void {
    this.#book = restoreBook(this.#spec, this.#journal);
    this.#recentTrades = restoreRecentTrades(this.#spec, this.#journal);
    this.#processor = new Processor(this.#spec, this.#book, this.#journal, this.#metrics, this.#gate);
  }

  /**
   * Does what a request asks. Returns the answer once what it did is written; if the object fails
   * first this throws, and the outcome is unknown until asked for.
   * @param commands how many commands the request holds.
   */
  submit(line: RequestLine, commands = 1): Promise<Answer> | Answer {
    if (this.#gate.isOriginKnown) return this.#enqueue(line, commands);
    return this.#origin.settle().then(() => this.#enqueue(line, commands));
  }

  #enqueue(line: RequestLine, commands: number): Promise<Answer> | Answer {
    if (this.#sequencer.isFull) {
      this.#metrics.countReject("overloaded");
      return problemAnswer({
        code: "overloaded",
        detail: "too many orders are waiting; nothing happened to this one",
      });
    }
    return this.#sequencer.submit(line, commands);
  }

  #flush(lines: readonly RequestLine[]): readonly Answer[] {
    try {
      const flush = this.ctx.storage.transactionSync(() => this.#processor.flush(lines, Date.now()));
      this.#metrics.countFlush(lines.length);
      if (flush.events.length > 0) {
        this.#outbox.arm();
        this.#recentTrades = [...this.#recentTrades, ...flush.trades].slice(-RECENT_TRADES_MAX);
        this.#sessions.broadcast(() => {
          return JSON.stringify(updateMessage(this.#spec, this.#journal.epoch(), this.#book, flush));
        });
      }
      return flush.answers;
    } catch (error) {
      // The transaction is undone but the book is not: throw it away and start again from storage.
      console.error(
        JSON.stringify({
          level: "error",
          event: "flush_failed",
          instrument: this.#spec.instrument,
          error: String(error),
        }),
      );
      this.ctx.abort("flush failed");
      throw error;
    }
  }

  /** See `Reader`. */
  readBook(levels: number): string {
    return this.#reader.book(levels);
  }

  readTrades(limit: number, before?: number): string {
    return this.#reader.trades(limit, before);
  }

  readOrder(identity: OrderIdentity): Answer {
    return this.#reader.order(identity);
  }

  readOpenOrders(page: OpenOrdersPage): Answer {
    return this.#reader.openOrders(page);
  }

  readByClientOrderId(clientId: string, clientOrderId: string): Answer {
    return this.#reader.byClientOrderId(clientId, clientOrderId);
  }

  readStatus(): string {
    return this.#reader.status();
  }

  /** Brings the mirror up to date, or back, soon: a reader found it old, or not there. */
  refreshMirror(): void {
    this.#outbox.refresh("redis");
  }

  readMetrics(): MetricsReading {
    const book = this.#book;
    return {
      instrument: this.#spec.instrument,
      sequence: book.sequence,
      ...this.#metrics.counters,
      queueDepth: this.#sequencer.depth,
      restingOrders: book.restingCount,
      bidLevels: book.side(BUY).levelCount,
      askLevels: book.side(SELL).levelCount,
      sockets: this.#sessions.count,
      restoreMs: this.#restoreMs,
      tradingStatus: statusNow(this.#gate.status, book.status),
      storageBytes: this.#gate.storageBytes,
      outbox: this.#outbox.health(),
    };
  }

  /** Rebuilds the book twice, from the journal and from the orders, beside the live one. */
  verify(): Promise<Verification> {
    return this.#verifier.books();
  }

  /** Does what an operator asks; the worker has checked that it is one. */
  async operate(operation: Operation): Promise<Answer> {
    await this.#origin.settle();
    return this.#operator.run(operation);
  }

  /** Does what is due, ships what the sinks have not got, then frees what is shipped. Without Postgres nothing ever is. */
  override async alarm(): Promise<void> {
    if (this.#gate.isOriginKnown && (this.#book.nextDueMs ?? Number.POSITIVE_INFINITY) <= Date.now())
      this.#flush([]);
    await this.#outbox.run();
    if (this.env.DATABASE_URL !== undefined) await this.#pruner.run(this.#watermarks.read("postgres"));
  }

  /** Completes a WebSocket upgrade that the worker has checked. */
  override fetch(): Response {
    const snapshot = snapshotMessage(this.#spec, this.#journal.epoch(), this.#book);
    return this.#sessions.accept(JSON.stringify(snapshot));
  }

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void {
    this.#sessions.receive(socket, message);
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    this.#sessions.close(socket, code);
  }
}
