import { OrderBook } from "../../engine/book/order-book.ts";
import type { InstrumentSpec } from "../../protocol/instrument-spec.ts";
import type { TradeView } from "../../protocol/market-data.ts";
import type { OrderIdentity } from "../../protocol/order-id.ts";
import { Analytics } from "../analytics/analytics.ts";
import { readAnalytics } from "../analytics/analytics-reader.ts";
import type { Answer } from "../calls/answer.ts";
import type { CallLine } from "../calls/call.ts";
import type {
  AnalyticsQuery,
  InstrumentCalls,
  OpenOrdersPage,
  Operation,
  OrderTradesRange,
  Verification,
} from "../calls/instrument-calls.ts";
import type { MetricsReading } from "../calls/readings.ts";
import { Journal } from "../journal/journal.ts";
import { RECENT_TRADES_MAX, restoreBook, restoreRecentTrades } from "../journal/restore.ts";
import type { ArrivedCall } from "../link/frames.ts";
import { isLinkRequest, Links } from "../link/links.ts";
import { Clock } from "../runtime/clock.ts";
import type { Env } from "../runtime/env.ts";
import { LoggedObject } from "../runtime/logged-object.ts";
import { specOf } from "../runtime/spec-of.ts";
import { runSchemaSteps } from "../storage/schema-steps.ts";
import { Absence } from "./absence.ts";
import { Commit } from "./commit.ts";
import { type Flush, Processor } from "./flush/flush.ts";
import { Gate, storageBytesMax } from "./flush/gate.ts";
import { InstrumentMetrics } from "./flush/metrics.ts";
import { Quarantine } from "./flush/quarantine.ts";
import { Intake } from "./intake.ts";
import { Operator } from "./operator.ts";
import { Reader } from "./reader.ts";
import { Rebuilder } from "./rebuild/rebuild.ts";
import { Verifier } from "./rebuild/verifier.ts";
import { Sequencer } from "./sequencer.ts";
import { Shipping } from "./shipping.ts";
import { Streams } from "./streams.ts";

/**
 * One instrument: the only place where its orders are sequenced, matched and journaled. This shell decodes,
 * sequences, journals and fans out. `engine/` decides what an order does.
 *
 * Its memory is a cache of its storage. It always starts from storage, in the same way, even after a failure.
 * `InstrumentCalls` describes its calls.
 */
export class Instrument extends LoggedObject implements InstrumentCalls {
  readonly #spec: InstrumentSpec;
  readonly #journal: Journal;
  readonly #analytics: Analytics;
  readonly #streams: Streams;
  readonly #absence: Absence;
  readonly #clock = new Clock(this.ctx);
  readonly #metrics = new InstrumentMetrics(this.ctx.storage.sql, this.#clock);
  readonly #sequencer = new Sequencer(
    (lines) => this.#commit.run(lines),
    () => this.#gate.isOriginKnown && !this.#quarantine.isHalted && this.#book.canGoOn,
    this.ctx.storage,
    this.#clock,
    this.#metrics,
  );
  readonly #links = new Links(this.ctx, (call, withinMs) => this.#carryOut(call, withinMs));
  readonly #shipping: Shipping;
  readonly #intake: Intake;
  readonly #gate: Gate;
  readonly #quarantine: Quarantine;
  readonly #commit: Commit;
  readonly #verifier: Verifier;
  readonly #operator: Operator;
  readonly #reader: Reader;
  #book: OrderBook;
  #recentTrades: TradeView[] = [];
  #processor: Processor;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const { storage } = ctx;
    this.#spec = specOf(ctx, env);
    this.#journal = new Journal(storage.sql);
    this.#analytics = new Analytics(storage.sql);
    this.#gate = new Gate(storage.sql, storageBytesMax(env.STORAGE_BYTES_MAX));
    this.#quarantine = new Quarantine(storage.sql, this.#gate);
    this.#commit = new Commit(ctx, this.#clock, this.#quarantine, {
      instrument: this.#spec.instrument,
      process: (lines, nowMs) => this.#processor.flush(lines, nowMs),
      publish: (flush, nowMs) => this.#publish(flush, nowMs),
    });
    const submit = (line: CallLine, commands?: number) => this.submit(line, commands);
    const arm = () => this.#shipping.outbox.arm();
    this.#absence = new Absence(storage.sql, this.#journal, this.#spec, this.#clock, submit, arm);
    this.#book = new OrderBook(this.#spec.rules);
    this.#processor = this.#newProcessor();
    const shared = {
      storage,
      spec: this.#spec,
      journal: this.#journal,
      gate: this.#gate,
      analytics: this.#analytics,
      clock: this.#clock,
      metrics: this.#metrics,
      quarantine: this.#quarantine,
      book: () => this.#book,
      recentTrades: () => this.#recentTrades,
    };
    this.#streams = new Streams(ctx, this.#absence, { ...shared, submit });
    this.#shipping = new Shipping(env, {
      ...shared,
      dues: [() => this.#commit.dueOf(this.#book, this.#sequencer), () => this.#absence],
    });
    const { ownership, pruner, origin } = this.#shipping;
    this.#intake = new Intake({ ...shared, origin, sequencer: this.#sequencer });
    this.#verifier = new Verifier({ ...shared, ownership, pruner }, env);
    this.#reader = new Reader(shared);
    this.#operator = new Operator({
      ...shared,
      read: () => this.#reading(),
      epoch: () => this.#journal.epoch(),
      verify: () => this.#verifier.report(),
      rebuilder: new Rebuilder({ ...shared, ownership, reload: () => this.#reload() }, env),
    });
    void ctx.blockConcurrencyWhile(() => this.#start());
  }

  async #start(): Promise<void> {
    runSchemaSteps(this.ctx.storage);
    this.#metrics.start(() => this.#load());
    this.#streams.start();
    await this.#shipping.start();
  }

  /** Starts again after storage was rewritten. Subscribers reconnect and begin with a snapshot. */
  #reload(): void {
    this.#shipping.forget();
    this.#load();
    this.#streams.closeAll();
    this.#shipping.outbox.refresh("redis");
  }

  /** Loads memory from storage. */
  #load(): void {
    this.#book = restoreBook(this.#spec, this.#journal);
    this.#recentTrades = restoreRecentTrades(this.#spec, this.#journal);
    this.#analytics.load(this.#journal);
    this.#clock.isAtLeast(this.#book.timeMs);
    this.#processor = this.#newProcessor();
  }

  #newProcessor(): Processor {
    return new Processor({
      spec: this.#spec,
      book: this.#book,
      journal: this.#journal,
      metrics: this.#metrics,
      gate: this.#gate,
      analytics: this.#analytics,
    });
  }

  submit(line: CallLine, commands = 1): Promise<Answer> | Answer {
    return this.#intake.submit(line, commands);
  }

  /** Carries out a call that arrived over a link. */
  #carryOut(call: ArrivedCall, withinMs: number): unknown {
    if (call.method === "submit") return this.#intake.submit(call.line, call.commands, withinMs);
    const method = this[call.method] as (...args: readonly unknown[]) => unknown;
    return method.apply(this, [...call.args]);
  }

  #publish(flush: Flush, nowMs: number): void {
    if (flush.events.length === 0) return;
    this.#shipping.outbox.arm(nowMs);
    this.#recentTrades = [...this.#recentTrades, ...flush.trades].slice(-RECENT_TRADES_MAX);
    this.#streams.publish(flush);
  }

  readBook(levels: number): string {
    return this.#reader.book(levels);
  }

  readTrades(limit: number, before?: number): string {
    return this.#reader.trades(limit, before);
  }

  readOrder(identity: OrderIdentity, tradesRange?: Omit<OrderTradesRange, "orderNumber">): Answer {
    return this.#reader.order(identity, tradesRange);
  }

  readOpenOrders(page: OpenOrdersPage): string {
    return this.#reader.openOrders(page);
  }

  readByClientOrderId(clientId: string, clientOrderId: string): Answer {
    return this.#reader.byClientOrderId(clientId, clientOrderId);
  }

  readStatus(): string {
    return this.#reader.status();
  }

  readAnalytics(query: AnalyticsQuery): string {
    return readAnalytics(this.#spec, this.#journal, this.#analytics, query);
  }

  refreshMirror(): void {
    this.#shipping.outbox.refresh("redis");
  }

  readMetrics(): MetricsReading {
    this.#metrics.storeOrLog();
    return this.#reading();
  }

  #reading(): MetricsReading {
    return this.#metrics.reading({
      spec: this.#spec,
      book: this.#book,
      gate: this.#gate,
      outbox: this.#shipping.outbox.health(),
      queueDepth: this.#sequencer.depth,
      sockets: this.#streams.count,
      quarantine: this.#quarantine,
    });
  }

  async readHealth(): Promise<MetricsReading> {
    await this.#shipping.origin.settle();
    return this.#reading();
  }

  verify(): Promise<Verification> {
    return this.#verifier.books();
  }

  async operate(operation: Operation, adopted?: string): Promise<Answer> {
    await this.#shipping.origin.settle();
    const answer = await this.#operator.run(operation, adopted);
    this.#streams.refresh();
    this.#shipping.outbox.arm();
    return answer;
  }

  /** Does what is due, then ships. */
  override async alarm(): Promise<void> {
    if (this.#gate.isOriginKnown) await this.#commit.runDue(this.#book, this.#sequencer);
    this.#sequencer.goOn();
    await this.#absence.run(this.#clock.nowMs());
    await this.#shipping.run();
  }

  ring(): Promise<void> {
    return this.alarm();
  }

  cancelAfter(clientId: string, seconds: number): Answer {
    return this.#absence.cancelAfter(clientId, seconds);
  }

  /** Completes a WebSocket upgrade that the worker has checked. */
  override fetch(request: Request): Response {
    return isLinkRequest(request) ? this.#links.accept(request) : this.#streams.accept(request);
  }

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void {
    if (this.#links.has(socket)) this.#links.receive(socket, message);
    else this.#streams.receive(socket, message);
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    this.#links.end(socket);
    this.#streams.close(socket, code);
  }

  override webSocketError(socket: WebSocket): void {
    this.#links.end(socket);
    this.#streams.lose(socket);
  }
}
