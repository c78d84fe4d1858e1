import { apply } from "../../../engine/apply.ts";
import type { OrderBook } from "../../../engine/book/order-book.ts";
import { applyGroup, type GroupRefusal } from "../../../engine/group.ts";
import type { Command } from "../../../engine/vocabulary/command.ts";
import { type Event, ordersNamed } from "../../../engine/vocabulary/event.ts";
import type { EventBuffer } from "../../../engine/vocabulary/event-buffer.ts";
import type { RejectReason } from "../../../engine/vocabulary/reject-reason.ts";
import type { Side } from "../../../engine/vocabulary/units.ts";
import type { InstrumentSpec } from "../../../protocol/instrument-spec.ts";
import type { TradeView } from "../../../protocol/market-data.ts";
import type { FlushRecords } from "../../journal/flush-records.ts";
import type { OrderOwner, OrderRecord } from "../../records/order-record.ts";
import { tradeView } from "../../records/order-view.ts";
import type { FlushReports } from "./flush-reports.ts";
import type { InstrumentMetrics } from "./metrics.ts";

/** A command, and the owners of the orders that it places, in their order. */
export interface OwnedCommand {
  readonly command: Command;
  readonly owners: readonly OrderOwner[];
}

/** The result of one command. The orders have their current state, which later commands change. */
export interface Outcome {
  readonly accepted: readonly OrderRecord[];
  readonly cancelled: readonly OrderRecord[];
  /** Every trade that the command caused, including those of stops that it triggered. */
  readonly trades: readonly TradeView[];
}

/** The parts with which commands run. */
interface RunnerParts {
  readonly spec: InstrumentSpec;
  readonly book: OrderBook;
  readonly records: FlushRecords;
  readonly reports: FlushReports;
  readonly metrics: InstrumentMetrics;
  readonly buffer: EventBuffer;
}

/** Applies commands to the book and records what they cause: events, trades, orders. */
export class CommandRunner {
  readonly events: Event[] = [];
  readonly trades: TradeView[] = [];
  readonly records: FlushRecords;
  readonly #parts: RunnerParts;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
    this.records = parts.records;
  }

  /** Applies a command, or returns why it is rejected, in which case it had no effect. */
  run({ command, owners }: OwnedCommand): Outcome | RejectReason {
    this.#parts.buffer.clear();
    const reason = apply(this.#parts.book, command, this.#parts.buffer);
    return reason ?? this.#take(0, this.#parts.buffer.length, owners);
  }

  /**
   * Applies all commands or, if one is rejected, none.
   * @returns the result of each. A result is recorded when it is read, after the previous one was used.
   */
  runAll(commands: readonly OwnedCommand[]): Iterable<Outcome> | GroupRefusal {
    this.#parts.buffer.clear();
    const ends: number[] = [];
    const group = commands.map(({ command }) => command);
    return applyGroup(this.#parts.book, group, this.#parts.buffer, ends) ?? this.#takeEach(commands, ends);
  }

  *#takeEach(commands: readonly OwnedCommand[], ends: readonly number[]): Iterable<Outcome> {
    for (const [index, { owners }] of commands.entries())
      yield this.#take(ends[index - 1] ?? 0, ends[index] ?? 0, owners);
  }

  /** Records the events of one command. */
  #take(from: number, to: number, owners: readonly OrderOwner[]): Outcome {
    const accepted: OrderRecord[] = [];
    const cancelled: OrderRecord[] = [];
    const tradesBefore = this.trades.length;
    for (let at = from; at < to; at++) {
      const event = this.#parts.buffer.at(at);
      this.events.push(event);
      if (event.kind === "accepted") {
        const owner = owners[accepted.length];
        if (owner === undefined) throw new Error(`order ${event.orderNumber} entered without an owner`);
        const record = this.records.enter(event, owner);
        accepted.push(record);
        this.#parts.reports.note(event, record, undefined);
        continue;
      }
      this.records.note(event);
      if (event.kind === "cancelled") cancelled.push(this.known(event.orderNumber));
      const trade = event.kind === "traded" ? this.#noteTrade(event) : undefined;
      for (const orderNumber of this.#parts.reports.isNeeded ? ordersNamed(event) : [])
        this.#parts.reports.note(event, this.known(orderNumber), trade);
    }
    return { accepted, cancelled, trades: this.trades.slice(tradesBefore) };
  }

  #noteTrade(event: Event & { kind: "traded" }): TradeView {
    const trade = tradeView(this.#parts.spec, event, (orderNumber) => this.known(orderNumber).timeMs);
    this.trades.push(trade);
    this.#parts.metrics.countTrade(event.quantityLots);
    return trade;
  }

  /**
   * The number of open orders of a client, on one side if that is given, including those that are still to be
   * ended.
   */
  openCount(client: number, side: Side | undefined): number {
    return this.#parts.book.clients.count(client, side);
  }

  /** An order that must exist. */
  known(orderNumber: number): OrderRecord {
    const record = this.records.find(orderNumber);
    if (record === undefined) throw new Error(`order ${orderNumber} has an event but is not stored`);
    return record;
  }
}
