import { messageTexts } from "../../../protocol/feed/message-parts.ts";
import type { Resumed, ResumePoint } from "../../feed/live-channel.ts";
import { listedOrderView } from "../../records/order-view.ts";
import { envelope, type InstrumentChannel, resyncText } from "./channel.ts";
import type { FeedSource } from "./source.ts";

/** The most open orders with which the channel begins. */
const FIRST_ORDERS_MAX = 1_000;

/** Execution reports of one client. `seq` is the number of the client's last report. */
export class ExecutionsChannel implements InstrumentChannel {
  readonly outlivesMemory = true;
  readonly #source: FeedSource;
  readonly #client: number;
  #seq: number;

  constructor(source: FeedSource, clientId: string) {
    this.#source = source;
    this.#client = source.journal.clientNumber(clientId);
    this.#seq = source.journal.reports.enrol(this.#client);
  }

  begin(): string[] {
    const { spec, book, journal } = this.#source;
    const records = journal.orders.readAll(book.clients.newest(this.#client, FIRST_ORDERS_MAX));
    const orders = records.map((record) => listedOrderView(spec, record));
    return messageTexts(envelope(this.#source, "executions", this.#seq, null), { orders });
  }

  note(): void {}

  next(): string[] {
    const prevSeq = this.#seq;
    const last = this.#source.journal.reports.last(this.#client);
    if (last === prevSeq) return [];
    this.#seq = last;
    return this.#isKept(prevSeq) ? this.#updates(prevSeq) : this.#beginAnew();
  }

  resume(from: ResumePoint): Resumed {
    if (from.epoch !== this.#source.journal.epoch()) return { reason: "epoch_changed" };
    if (from.seq > this.#seq) return { reason: "ahead" };
    return this.#isKept(from.seq) ? { texts: this.#updates(from.seq) } : { reason: "too_old" };
  }

  /** Whether all reports after a number are still stored. */
  #isKept(seq: number): boolean {
    return seq >= this.#source.journal.reports.oldest(this.#client) - 1;
  }

  /** Begins anew for a subscriber that is so late that some reports are no longer stored. */
  #beginAnew(): string[] {
    const { spec, journal } = this.#source;
    return [resyncText(spec.instrument, "executions", journal.epoch(), "too_old"), ...this.begin()];
  }

  /** The reports after a number, in as many updates as they require. */
  #updates(prevSeq: number): string[] {
    const texts: string[] = [];
    for (let seq = prevSeq; seq < this.#seq; ) {
      const part = this.#part(seq);
      texts.push(part.text);
      seq = part.seq;
    }
    return texts;
  }

  /** The next reports after a number, as many as fit into one message. The reports are already JSON. */
  #part(prevSeq: number): { readonly text: string; readonly seq: number } {
    const reports = this.#source.journal.reports.after(this.#client, prevSeq);
    const seq = prevSeq + reports.length;
    const head = JSON.stringify(envelope(this.#source, "executions", seq, prevSeq));
    return { text: `${head.slice(0, -1)},"reports":[${reports.join(",")}]}`, seq };
  }
}
