import type { TradingStatus } from "../../../engine/vocabulary/trading-status.ts";
import type { Problem } from "../../../protocol/error-code.ts";
import type { AvailabilityReason } from "../../../protocol/fields.ts";
import type { StatusNote } from "../../calls/readings.ts";
import { AVAILABILITIES, type Availability } from "../../records/status-view.ts";
import { Meta } from "../../storage/meta.ts";
import { StatusNotes } from "../../storage/status-notes.ts";

/**
 * The platform fails writes at 10 GB. The space above this limit is for cancels and for work that frees
 * space.
 */
const STORAGE_BYTES_MAX_DEFAULT = 9_500_000_000;
/** The ratio of the limit for all commands to the limit for new orders. */
const HARD_MARK_RATIO = 1.02;
/** More than a flush can add to the storage, with whatever else is written before the next flush. */
const GROWTH_BYTES_MAX = 64_000_000;
/** The storage is measured at least once in this many flushes. */
const FLUSHES_UNMEASURED_MAX = 64;

/** Parses the limit from its variable. @throws if it is not a positive number of bytes. */
export function storageBytesMax(text: string | undefined): number {
  const bytes = Number(text ?? STORAGE_BYTES_MAX_DEFAULT);
  if (!(bytes > 0)) throw new Error(`STORAGE_BYTES_MAX must be a number of bytes, but is "${text}"`);
  return bytes;
}

/**
 * Decides whether commands are accepted at all: an operator may have frozen the instrument, or its storage
 * may be near its limit. A refused command has no effect.
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
  /** The number of flushes that may still run before the storage is measured again. */
  #flushesUnmeasured = 0;

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

  /** Changes the availability. It survives a restart. */
  change(status: Availability, reason: AvailabilityReason): void {
    this.#meta.write("trading_status", AVAILABILITIES.indexOf(status));
    this.#notes.noteAvailability(reason);
    this.#status = status;
  }

  /** When the trading status last changed, and why. */
  noteOf(marketStatus: TradingStatus): StatusNote {
    const { market, availability } = this.#notes;
    if (this.status !== "trading") return availability;
    const isNewer = (availability.sinceMs ?? 0) > (market.sinceMs ?? 0);
    return marketStatus === "trading" && isNewer ? availability : market;
  }

  /** Size of the database, without its free pages. */
  get storageBytes(): number {
    return this.#sql.databaseSize;
  }

  /**
   * Call it once for all commands of a flush. It measures the storage, unless the flushes since the last time
   * cannot have filled it.
   */
  beginFlush(): void {
    if (this.#flushesUnmeasured > 0) this.#flushesUnmeasured--;
    else this.#measure();
  }

  #measure(): void {
    this.#storageBytes = this.storageBytes;
    const flushes = Math.floor((this.#storageBytesMax - this.#storageBytes) / GROWTH_BYTES_MAX) - 1;
    this.#flushesUnmeasured = Math.max(0, Math.min(flushes, FLUSHES_UNMEASURED_MAX));
  }

  /** Why every new order is refused now. */
  get orderRefusal(): Problem | undefined {
    if (this.#refusalOfAll !== undefined) return this.#refusalOfAll;
    if (this.status !== "trading") return FROZEN;
    return this.#storageBytes >= this.#storageBytesMax ? STORAGE_SHORT : undefined;
  }

  /** Why every new order is refused, with the storage measured at this moment. */
  get orderRefusalNow(): Problem | undefined {
    this.#measure();
    return this.orderRefusal;
  }

  /** Why cancels are refused now. */
  get cancelRefusal(): Problem | undefined {
    if (this.#refusalOfAll !== undefined) return this.#refusalOfAll;
    return this.#storageBytes >= this.#storageBytesMax * HARD_MARK_RATIO ? STORAGE_FULL : undefined;
  }

  /** Why every command is refused now, whatever its kind. */
  get #refusalOfAll(): Problem | undefined {
    if (this.status === "lost") return LOST;
    return this.isOriginKnown ? undefined : ORIGIN_UNKNOWN;
  }
}

const FROZEN: Problem = { code: "frozen", detail: "the instrument is frozen; nothing happened" };
const LOST: Problem = {
  code: "frozen",
  detail: "the instrument's storage is lost, and it must be rebuilt; nothing happened",
};
const ORIGIN_UNKNOWN: Problem = {
  code: "frozen",
  detail: "the database does not answer whether this instrument is new; nothing happened",
};
const STORAGE_SHORT: Problem = {
  code: "storage_full",
  detail: "the instrument's storage is nearly full; nothing happened, and cancels still work",
};
const STORAGE_FULL: Problem = {
  code: "storage_full",
  detail: "the instrument's storage is full; nothing happened",
};
