import type { CancelReason } from "../vocabulary/event.ts";
import type { RunningUncross, Unfinished } from "../vocabulary/unfinished.ts";
import type { PriceTicks, TimeMs } from "../vocabulary/units.ts";
import { MassCancels } from "./mass-cancels.ts";
import type { OpenOrders } from "./open-orders.ts";

/**
 * What commands have left to be done. An order that is to be ended by it is *doomed*: it does not trade any
 * more.
 */
export class UnfinishedWork {
  readonly #book: OpenOrders;
  /** Orders that expire at this time or before are doomed; 0 where none is. */
  expiringMs = 0;
  readonly massCancels: MassCancels;
  /** The uncross that is to be done before anything else. */
  uncross: RunningUncross | undefined;
  /** What the events so far say is left to be done. */
  said: Unfinished | undefined;

  constructor(book: OpenOrders) {
    this.#book = book;
    this.massCancels = new MassCancels(book.clients);
  }

  /** Whether orders that have expired are still to be ended. */
  get isExpiring(): boolean {
    const first = this.expiringMs > 0 ? this.#book.firstExpiry : undefined;
    return first !== undefined && first.timeMs <= this.expiringMs;
  }
  get hasDoomed(): boolean {
    return this.massCancels.list.length > 0 || this.isExpiring;
  }
  /** Why an open order is to be ended, if it is. */
  doomOf(slot: number): CancelReason | undefined {
    const { orders } = this.#book;
    const expiresAtMs = this.#book.terms(slot)?.expiresAtMs;
    if (expiresAtMs !== undefined && expiresAtMs <= this.expiringMs) return "expired";
    const isCovered = this.massCancels.covers(
      orders.client(slot),
      orders.side(slot),
      orders.orderNumber(slot),
    );
    return isCovered ? "by_owner" : undefined;
  }

  /** Whether anything is left, which a command that leaves nothing finds out at no cost. */
  get hasAny(): boolean {
    const { reachedBuyTicks, reachedSellTicks, count } = this.#book.stops;
    const hasReached = count > 0 && (reachedBuyTicks !== undefined || reachedSellTicks !== undefined);
    return hasReached || this.hasDoomed || this.uncross !== undefined;
  }
  /** All of it. A trailing stop that was reached says so itself. */
  get all(): Unfinished | undefined {
    if (!this.hasAny) return undefined;
    const { massCancels, uncross } = this;
    const { reachedBuyTicks, reachedSellTicks } = this.#book.stops;
    return {
      ...(this.isExpiring ? { expiringMs: this.expiringMs as TimeMs } : {}),
      ...(massCancels.list.length > 0 ? { massCancels: massCancels.list } : {}),
      ...(reachedBuyTicks === undefined ? {} : { reachedBuyTicks: reachedBuyTicks as PriceTicks }),
      ...(reachedSellTicks === undefined ? {} : { reachedSellTicks: reachedSellTicks as PriceTicks }),
      ...(uncross === undefined ? {} : { uncross }),
    };
  }

  /** Forgets by what orders were doomed and stops reached where none is any more, so that it concerns none to come. */
  settle(): void {
    if (this.expiringMs > 0 && !this.isExpiring) this.expiringMs = 0;
    this.#book.stops.settle();
  }

  /** Sets what is left, as an event or a snapshot says it. */
  restore(unfinished: Unfinished | undefined): void {
    const { expiringMs = 0, massCancels = [], reachedBuyTicks, reachedSellTicks, uncross } = unfinished ?? {};
    this.expiringMs = expiringMs;
    this.massCancels.list = massCancels;
    this.#book.stops.setReached(reachedBuyTicks, reachedSellTicks);
    this.uncross = uncross;
    this.said = unfinished;
  }
}
