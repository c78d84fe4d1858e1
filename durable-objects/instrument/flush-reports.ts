import type { Event } from "../../engine/event.ts";
import type { ExecutionReport } from "../../protocol/feed-message.ts";
import type { InstrumentSpec } from "../../protocol/instrument-spec.ts";
import type { TradeView } from "../../protocol/market-data.ts";
import type { Journal } from "./journal.ts";
import type { OrderRecord } from "./order-record.ts";
import { listedOrderView } from "./order-view.ts";

/** The execution reports that one flush causes, for the clients whose reports are kept. */
export class FlushReports {
  readonly #spec: InstrumentSpec;
  readonly #journal: Journal;
  readonly #byClient = new Map<number, Omit<ExecutionReport, "report">[]>();

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
    if (!this.#journal.reports.has(record.client)) return;
    const reports = this.#byClient.get(record.client) ?? [];
    this.#byClient.set(record.client, reports);
    reports.push({
      kind: event.kind as ExecutionReport["kind"],
      order: listedOrderView(this.#spec, record),
      ...(trade === undefined ? {} : { trade }),
    });
  }

  write(): void {
    for (const [client, reports] of this.#byClient) {
      const writers = reports.map((rest) => (report: number) => JSON.stringify({ report, ...rest }));
      this.#journal.reports.append(client, writers);
    }
  }
}
