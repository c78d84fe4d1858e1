import type { TradingStatus } from "../../../engine/vocabulary/trading-status.ts";
import type { Problem } from "../../../protocol/error-code.ts";
import type { AvailabilityReason } from "../../../protocol/fields.ts";
import type { StatusNote } from "../../calls/readings.ts";
import { AVAILABILITIES, type Availability } from "../../records/status-view.ts";
import { Meta } from "../../storage/meta.ts";
import { StatusNotes } from "../../storage/status-notes.ts";

/** The platform ends writes at 10 GB. What lies between is for cancels and for what frees space. */
const STORAGE_BYTES_MAX_DEFAULT = 9_500_000_000;
/** So far above the limit for new orders is the one for everything. */
const HARD_MARK_RATIO = 1.02;

/** Reads the limit from its variable. @throws if it is not a positive number of bytes. */
export function storageBytesMax(text: string | undefined): number {
  const bytes = Number(text ?? STORAGE_BYTES_MAX_DEFAULT);
  if (!(bytes > 0)) throw new Error(`STORAGE_BYTES_MAX must be a number of bytes, and is "${text}"`);
  return bytes;
}

/**
 * Decides which commands are taken at all: an operator may have frozen the instrument, or its storage
 * may be near its limit. A refused command has changed nothing.
 */
export class Gate {
  readonly #sql: SqlStorage;
  readonly #meta: Meta;
  readonly #storageBytesMax: number;
  #status: Availability | undefined;
  readonly #notes: StatusNotes;
  /** Whether an instrument with nothing stored is known to be new; see `Origin`. */
  isOriginKnown = true;
  #storageBytes = 0;

  constructor(sql: SqlStorage, bytesMax: number) {
    this.#sql = sql;
    this.#meta = new Meta(sql);
    this.#notes = new StatusNotes(sql);
    this.#storageBytesMax = bytesMax;
  }

  get status(): Availability {
    this.#status ??= AVAILABILITIES[this.#meta.read("trading_status") ?? 0] ?? "frozen";
    return this.#status;
  }

  /** Changes the status for good: it outlives a restart. */
  change(status: Availability, reason: AvailabilityReason): void {
    this.#meta.write("trading_status", AVAILABILITIES.indexOf(status));
    this.#notes.noteAvailability(reason);
    this.#status = status;
  }

  /** Since when the instrument takes what it takes, and why. */
  noteOf(marketStatus: TradingStatus): StatusNote {
    const { market, availability } = this.#notes;
    if (this.status !== "trading") return availability;
    const isNewer = (availability.sinceMs ?? 0) > (market.sinceMs ?? 0);
    return marketStatus === "trading" && isNewer ? availability : market;
  }

  /** Size of the database, without the pages that it could use again. */
  get storageBytes(): number {
    return this.#sql.databaseSize;
  }

  /** Looks at the storage, once for all commands of a flush. */
  measure(): void {
    this.#storageBytes = this.storageBytes;
  }

  /** Why no new order is taken now. */
  get orderRefusal(): Problem | undefined {
    if (this.status === "lost") return LOST;
    if (!this.isOriginKnown) return ORIGIN_UNKNOWN;
    if (this.status !== "trading") return FROZEN;
    return this.#storageBytes >= this.#storageBytesMax ? STORAGE_SHORT : undefined;
  }

  /** The same with the storage as it is at this moment. */
  get orderRefusalNow(): Problem | undefined {
    this.measure();
    return this.orderRefusal;
  }

  /** Why no cancel is taken now. */
  get cancelRefusal(): Problem | undefined {
    if (this.status === "lost") return LOST;
    if (!this.isOriginKnown) return ORIGIN_UNKNOWN;
    return this.#storageBytes >= this.#storageBytesMax * HARD_MARK_RATIO ? STORAGE_FULL : undefined;
  }
}

const FROZEN: Problem = { code: "frozen", detail: "the instrument is frozen; nothing happened" };
const LOST: Problem = {
  code: "frozen",
  detail: "the instrument's storage was lost and it must be rebuilt; nothing happened",
};
const ORIGIN_UNKNOWN: Problem = {
  code: "frozen",
  detail: "the database cannot be asked whether this instrument is new; nothing happened",
};
const STORAGE_SHORT: Problem = {
  code: "storage_full",
  detail: "the instrument's storage is nearly full; nothing happened, and cancels still work",
};
const STORAGE_FULL: Problem = {
  code: "storage_full",
  detail: "the instrument's storage is full; nothing happened",
};
