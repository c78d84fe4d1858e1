import type { Event } from "../../../engine/vocabulary/event.ts";
import type { ExecutionReport } from "../../../protocol/feed/feed-message.ts";
import type { InstrumentSpec } from "../../../protocol/instrument-spec.ts";
import type { TradeView } from "../../../protocol/market-data.ts";
import type { Journal } from "../../journal/journal.ts";
import type { OrderRecord } from "../../records/order-record.ts";
import { listedOrderView } from "../../records/order-view.ts";

/** The execution reports that one flush causes, for the clients whose reports are stored. */
export class FlushReports {
  readonly #spec: InstrumentSpec;
  readonly #journal: Journal;
  /** Each report in the form in which it is published. */
  readonly #byClient = new Map<number, string[]>();

  constructor(spec: InstrumentSpec, journal: Journal) {
    this.#spec = spec;
    this.#journal = journal;
  }

  /** Whether the reports of any client are stored. */
  get isNeeded(): boolean {
    return this.#journal.reports.count > 0;
  }

  /**
   * Records the effect of an event on an order, in its state directly after the event.
   * @param trade with a trade.
   */
  note(event: Event, record: OrderRecord, trade: TradeView | undefined): void {
    const { client } = record;
    if (!this.#journal.reports.has(client)) return;
    const texts = this.#byClient.get(client) ?? [];
    this.#byClient.set(client, texts);
    const report: ExecutionReport = {
      report: this.#journal.reports.last(client) + texts.length + 1,
      kind: event.kind as ExecutionReport["kind"],
      order: listedOrderView(this.#spec, record),
      ...(trade === undefined ? {} : { trade }),
    };
    texts.push(JSON.stringify(report));
  }

  write(): void {
    for (const [client, texts] of this.#byClient) this.#journal.reports.append(client, texts);
  }
}
