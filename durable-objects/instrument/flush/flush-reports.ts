import type { Event } from "../../../engine/vocabulary/event.ts";
import type { ExecutionReport } from "../../../protocol/feed/feed-message.ts";
import type { InstrumentSpec } from "../../../protocol/instrument-spec.ts";
import type { TradeView } from "../../../protocol/market-data.ts";
import type { Journal } from "../../journal/journal.ts";
import type { OrderRecord } from "../../records/order-record.ts";
import { listedOrderView } from "../../records/order-view.ts";

/** The execution reports that one flush causes, for the clients whose reports are kept. */
export class FlushReports {
  readonly #spec: InstrumentSpec;
  readonly #journal: Journal;
  /** Each as it will be told. */
  readonly #byClient = new Map<number, string[]>();

  constructor(spec: InstrumentSpec, journal: Journal) {
    this.#spec = spec;
    this.#journal = journal;
  }

  /** Whether there is a client whose reports are kept. */
  get isNeeded(): boolean {
    return this.#journal.reports.count > 0;
  }

  /**
   * Notes what an event did to an order, which is as it was right after it.
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
