import { apply } from "../../engine/apply.ts";
import type { Event } from "../../engine/event.ts";
import { EventBuffer } from "../../engine/event-buffer.ts";
import type { OrderBook } from "../../engine/order-book.ts";
import type { OrderNumber, TimeMs } from "../../engine/units.ts";
import type { Problem } from "../../protocol/error-code.ts";
import type { InstrumentSpec } from "../../protocol/instrument-spec.ts";
import type { TradeView } from "../../protocol/market-data.ts";
import { ANSWERED_TRADES_MAX, type PlacedOrderView } from "../../protocol/order-entry.ts";
import { parseOrderId } from "../../protocol/order-id.ts";
import { rejection } from "../../protocol/rejection.ts";
import { type Answer, answer, problemAnswer, replayed } from "./answer.ts";
import { FlushRecords } from "./flush-records.ts";
import type { Gate } from "./gate.ts";
import type { Journal } from "./journal.ts";
import type { InstrumentMetrics } from "./metrics.ts";
import type { OrderRecord } from "./order-record.ts";
import { orderClosed, orderView, tradeView } from "./order-view.ts";
import {
  type CancelRequest,
  type PlaceRequest,
  type RequestLine,
  readLine,
  requestIdentity,
  toCommand,
} from "./request.ts";

/** How long an idempotency key keeps its answer. */
export const IDEMPOTENCY_WINDOW_MS = 24 * 60 * 60 * 1000;

/** What one flush did. */
export interface Flush {
  /** One answer a request, in order. */
  readonly answers: readonly Answer[];
  /** Sequence before the first event of the flush. */
  readonly previousSequence: number;
  readonly events: readonly Event[];
  readonly trades: readonly TradeView[];
  /** Every order the flush changed, as it is now. */
  readonly orders: Iterable<OrderRecord>;
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
  readonly #buffer = new EventBuffer();
  #events: Event[] = [];
  #trades: TradeView[] = [];
  #records: FlushRecords;
  #timeMs = 0;

  constructor(
    spec: InstrumentSpec,
    book: OrderBook,
    journal: Journal,
    metrics: InstrumentMetrics,
    gate: Gate,
  ) {
    this.#spec = spec;
    this.#book = book;
    this.#journal = journal;
    this.#metrics = metrics;
    this.#gate = gate;
    this.#records = new FlushRecords(journal);
  }

  /** Processes the requests in order, all at one time that never goes back. */
  flush(lines: readonly RequestLine[], nowMs: number): Flush {
    this.#timeMs = Math.max(nowMs, this.#book.timeMs);
    this.#gate.measure();
    this.#events = [];
    this.#trades = [];
    this.#records = new FlushRecords(this.#journal);
    const previousSequence = this.#book.sequence;
    const answers = lines.map((line) => this.#process(line));
    this.#write(lines.length);
    const orders = this.#records.all;
    return { answers, previousSequence, events: this.#events, trades: this.#trades, orders };
  }

  #process(line: RequestLine): Answer {
    const request = readLine(line);
    return request.kind === "cancel" ? this.#cancel(request) : this.#place(request);
  }

  #place(request: PlaceRequest): Answer {
    const { clientId, idempotencyKey } = request;
    const refusal = this.#gate.orderRefusal;
    if (refusal !== undefined) return this.#repeatOrRefuse(request, refusal);
    const client = this.#journal.clientNumber(clientId);
    if (idempotencyKey === null) return this.#placeOnce(request, client);
    const repeated = this.#repeat(request, client);
    if (repeated !== undefined) return repeated;
    const given = this.#placeOnce(request, client);
    this.#journal.storeAnswer(client, idempotencyKey, this.#timeMs, requestIdentity(request), given);
    return given;
  }

  /** While orders are refused nothing is written, not even that a client has called; a repeat gets its answer. */
  #repeatOrRefuse(request: PlaceRequest, refusal: Problem): Answer {
    const client = this.#journal.knownClient(request.clientId);
    return (client === undefined ? undefined : this.#repeat(request, client)) ?? this.#refuse(refusal);
  }

  /** The answer to a request whose idempotency key has been used. */
  #repeat(request: PlaceRequest, client: number): Answer | undefined {
    const { idempotencyKey } = request;
    const stored = idempotencyKey === null ? undefined : this.#journal.storedAnswer(client, idempotencyKey);
    if (stored === undefined) return undefined;
    if (stored.request === requestIdentity(request)) {
      this.#metrics.countReplay();
      return replayed(stored.answer);
    }
    return this.#refuse({
      code: "idempotency_key_reused",
      field: "idempotency_key",
      detail: "this client has used the idempotency_key for a different order",
    });
  }

  #refuse(problem: Problem): Answer {
    this.#metrics.countReject(problem.code);
    return problemAnswer(problem);
  }

  #placeOnce(request: PlaceRequest, client: number): Answer {
    const command = toCommand(this.#spec, request, client, this.#timeMs);
    if ("code" in command) return this.#refuse(command);
    this.#buffer.clear();
    const reason = apply(this.#book, command, this.#buffer);
    if (reason === "order_not_resting") throw new Error("a placed order was refused as a cancel");
    if (reason !== undefined) return this.#refuse(rejection(this.#spec, reason));
    const [accepted, ...rest] = this.#buffer;
    if (accepted?.kind !== "accepted") throw new Error("a placed order began with another event");
    const record = this.#records.enter(accepted, { ...request, selfTradeGroup: null });
    this.#events.push(accepted);
    const tradesBefore = this.#trades.length;
    for (const event of rest) this.#note(event);
    const trades = this.#trades.slice(tradesBefore);
    this.#metrics.countOrder(record.status);
    const view: PlacedOrderView = {
      ...orderView(this.#spec, record),
      trades: trades.slice(0, ANSWERED_TRADES_MAX),
      trade_count: trades.length,
    };
    return answer(201, JSON.stringify(view));
  }

  #cancel(request: CancelRequest): Answer {
    const refusal = this.#gate.cancelRefusal;
    if (refusal !== undefined) return this.#refuse(refusal);
    const identity = parseOrderId(request.orderId);
    const record = identity && this.#records.find(identity.orderNumber);
    if (record === undefined || record.timeMs !== identity?.timeMs) {
      return this.#refuse({ code: "order_not_found", detail: "no order has this id" });
    }
    this.#buffer.clear();
    const orderNumber = record.orderNumber as OrderNumber;
    const reason = apply(
      this.#book,
      { kind: "cancel", timeMs: this.#timeMs as TimeMs, orderNumber },
      this.#buffer,
    );
    if (reason !== undefined) {
      return this.#refuse(orderClosed(this.#spec, record));
    }
    for (const event of this.#buffer) this.#note(event);
    this.#metrics.countCancel();
    return answer(200, JSON.stringify(orderView(this.#spec, this.#known(record.orderNumber))));
  }

  #note(event: Event): void {
    this.#events.push(event);
    this.#records.note(event);
    if (event.kind !== "traded") return;
    this.#trades.push(tradeView(this.#spec, event, (orderNumber) => this.#known(orderNumber).timeMs));
    this.#metrics.countTrade(event.quantityLots);
  }

  #known(orderNumber: number): OrderRecord {
    const record = this.#records.find(orderNumber);
    if (record === undefined) throw new Error(`order ${orderNumber} has an event but is not stored`);
    return record;
  }

  #write(requestCount: number): void {
    this.#journal.appendEvents(this.#events);
    this.#records.write();
    // Two for each that may have come in, so that the table shrinks whenever it is behind.
    this.#journal.forgetAnswers(this.#timeMs - IDEMPOTENCY_WINDOW_MS, 2 * requestCount);
  }
}
