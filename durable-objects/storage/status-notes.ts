import type { Event } from "../../engine/vocabulary/event.ts";
import { STATUS_REASONS, type StatusReason } from "../../engine/vocabulary/trading-status.ts";
import { AVAILABILITY_REASONS, type AvailabilityReason } from "../../protocol/fields.ts";
import type { StatusNote } from "../calls/readings.ts";
import { Meta } from "./meta.ts";

const NOTHING: StatusNote = { sinceMs: null, reason: null };

/** Stores the last change of the trading status: of the market's own status, and of the availability. */
export class StatusNotes {
  readonly #meta: Meta;

  constructor(sql: SqlStorage) {
    this.#meta = new Meta(sql);
  }

  /** Records the last change of the market's status among events, if there is one. */
  noteEvents(events: readonly Event[]): void {
    for (const event of events)
      if (event.kind === "status_changed")
        this.#write("market", event.timeMs, STATUS_REASONS.indexOf(event.reason));
  }

  noteAvailability(reason: AvailabilityReason): void {
    this.#write("availability", Date.now(), AVAILABILITY_REASONS.indexOf(reason));
  }

  /**
   * Clears the market's note after a rebuild: Postgres has the market's status, but not when and why it
   * changed.
   */
  forgetMarket(): void {
    this.#meta.remove("market_since_ms");
    this.#meta.remove("market_reason");
  }

  get market(): StatusNote {
    return this.#read("market", STATUS_REASONS);
  }

  get availability(): StatusNote {
    return this.#read("availability", AVAILABILITY_REASONS);
  }

  #write(of: "market" | "availability", sinceMs: number, reason: number): void {
    this.#meta.write(`${of}_since_ms`, sinceMs);
    this.#meta.write(`${of}_reason`, reason);
  }

  #read<R extends StatusReason | AvailabilityReason>(of: string, reasons: readonly R[]): StatusNote {
    const sinceMs = this.#meta.read(`${of}_since_ms`);
    if (sinceMs === undefined) return NOTHING;
    return { sinceMs, reason: reasons[this.#meta.read(`${of}_reason`) ?? -1] ?? null };
  }
}
