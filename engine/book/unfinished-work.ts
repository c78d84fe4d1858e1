import type { CancelReason } from "../vocabulary/event.ts";
import type { RunningUncross, Unfinished } from "../vocabulary/unfinished.ts";
import type { PriceTicks, TimeMs } from "../vocabulary/units.ts";
import { MassCancels } from "./mass-cancels.ts";
import type { OpenOrders } from "./open-orders.ts";

/**
 * The unfinished work of commands. An order that this work will end is *doomed*: it does not trade any more.
 */
export class UnfinishedWork {
  readonly #book: OpenOrders;
  /** Orders that expire at this time or before are doomed; 0 if none is. */
  expiringMs = 0;
  readonly massCancels: MassCancels;
  /** The uncross that must finish before anything else happens. */
  uncross: RunningUncross | undefined;
  /** The unfinished work according to the events so far. */
  said: Unfinished | undefined;

  constructor(book: OpenOrders) {
    this.#book = book;
    this.massCancels = new MassCancels(book.clients);
  }

  /** Whether expired orders are still to be ended. */
  get isExpiring(): boolean {
    const first = this.expiringMs > 0 ? this.#book.firstExpiry : undefined;
    return first !== undefined && first.timeMs <= this.expiringMs;
  }
  get hasDoomed(): boolean {
    return this.massCancels.list.length > 0 || this.isExpiring;
  }
  /** The reason why an open order is doomed, if it is. */
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

  /** Whether anything is left. This check is free for a command that leaves nothing. */
  get hasAny(): boolean {
    const { reachedBuyTicks, reachedSellTicks, count } = this.#book.stops;
    const hasReached = count > 0 && (reachedBuyTicks !== undefined || reachedSellTicks !== undefined);
    return hasReached || this.hasDoomed || this.uncross !== undefined;
  }
  /** All unfinished work. A trailing stop has its own record of being reached. */
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

  /**
   * Clears the marks of doomed orders and reached stops once none is left, so that they do not affect later
   * orders.
   */
  settle(): void {
    if (this.expiringMs > 0 && !this.isExpiring) this.expiringMs = 0;
    this.#book.stops.settle();
  }

  /** Sets the unfinished work from an event or a snapshot. */
  restore(unfinished: Unfinished | undefined): void {
    const { expiringMs = 0, massCancels = [], reachedBuyTicks, reachedSellTicks, uncross } = unfinished ?? {};
    this.expiringMs = expiringMs;
    this.massCancels.list = massCancels;
    this.#book.stops.setReached(reachedBuyTicks, reachedSellTicks);
    this.uncross = uncross;
    this.said = unfinished;
  }
}
