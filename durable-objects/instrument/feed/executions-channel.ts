import type { Resumed, ResumePoint } from "../../feed/live-channel.ts";
import { listedOrderView } from "../order-view.ts";
import { envelope, type InstrumentChannel } from "./channel.ts";
import type { FeedSource } from "./source.ts";

/** How many open orders the channel begins with. */
const FIRST_ORDERS_MAX = 1_000;

/** What happens to the orders of one client. `seq` is the number of the client's last report. */
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
    const numbers = book.clients.orderNumbers(this.#client).reverse().slice(0, FIRST_ORDERS_MAX);
    const records = numbers.map((orderNumber) => journal.orders.read(orderNumber));
    const orders = records.flatMap((record) => (record ? [listedOrderView(spec, record)] : []));
    return [JSON.stringify({ ...envelope(this.#source, "executions", this.#seq, null), orders })];
  }

  note(): void {}

  next(): string | undefined {
    const last = this.#source.journal.reports.last(this.#client);
    if (last === this.#seq) return undefined;
    const text = this.#message(last, this.#seq);
    this.#seq = last;
    return text;
  }

  resume(from: ResumePoint): Resumed {
    const { journal } = this.#source;
    if (from.epoch !== journal.epoch()) return { reason: "epoch_changed" };
    if (from.seq > this.#seq) return { reason: "ahead" };
    const isKept = from.seq >= journal.reports.oldest(this.#client) - 1;
    return isKept ? { texts: [this.#message(this.#seq, from.seq)] } : { reason: "too_old" };
  }

  /** The reports are JSON already. */
  #message(seq: number, prevSeq: number): string {
    const head = JSON.stringify(envelope(this.#source, "executions", seq, prevSeq));
    const reports = this.#source.journal.reports.after(this.#client, prevSeq);
    return `${head.slice(0, -1)},"reports":[${reports.join(",")}]}`;
  }
}
