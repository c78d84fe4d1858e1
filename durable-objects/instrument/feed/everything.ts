import { BUY, SELL } from "../../../engine/units.ts";
import type { SnapshotMessage, UpdateMessage } from "../../../protocol/market-data.ts";
import { levelsAt, orderBookView } from "../book-view.ts";
import { isPublic } from "../order-record.ts";
import { isoTime, orderUpdateView } from "../order-view.ts";
import type { InstrumentChannel } from "./channel.ts";
import type { FeedSource, Step } from "./source.ts";

/** The stream of who names no channel: trades, orders and levels in one message a flush. */
export class Everything implements InstrumentChannel {
  readonly outlivesMemory = true;
  readonly #source: FeedSource;
  #step: Step | undefined;

  constructor(source: FeedSource) {
    this.#source = source;
  }

  begin(): string[] {
    const { spec, journal, book, checksum } = this.#source;
    const { sequence, ...rest } = orderBookView(spec, journal.epoch(), book, Number.POSITIVE_INFINITY);
    const snapshot: SnapshotMessage = { type: "snapshot", ...rest, seq: sequence, checksum };
    return [JSON.stringify(snapshot)];
  }

  note(step: Step): void {
    this.#step = step;
  }

  next(): string | undefined {
    const step = this.#step;
    if (step === undefined) return undefined;
    const { spec, journal, book, checksum } = this.#source;
    const update: UpdateMessage = {
      type: "update",
      instrument: spec.instrument,
      epoch: journal.epoch(),
      seq: book.sequence,
      prev_seq: step.flush.previousSequence,
      time: isoTime(book.timeMs),
      trades: [...step.flush.trades],
      orders: step.flush.orders.filter(isPublic).map((record) => orderUpdateView(spec, record)),
      bids: levelsAt(spec, book, BUY, step.touched[BUY]),
      asks: levelsAt(spec, book, SELL, step.touched[SELL]),
      checksum,
    };
    this.#step = undefined;
    return JSON.stringify(update);
  }
}
