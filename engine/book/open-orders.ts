import type { InstrumentRules } from "../vocabulary/rules.ts";
import { type OrderTerms, type SelfTradeMode, unlinkedTerms } from "../vocabulary/terms.ts";
import { BUY, type PriceTicks, SELL, type Side } from "../vocabulary/units.ts";
import { BookSide } from "./book-side.ts";
import { ClientIndex } from "./client-index.ts";
import { type Expiry, ExpiryQueue } from "./expiry-queue.ts";
import { IntegerMap, NONE } from "./integer-map.ts";
import { ExtrasStore, type OrderExtras } from "./order-extras.ts";
import { OrderStore, orderFlags } from "./order-store.ts";
import { UndoLog } from "./undo-log.ts";
import { WaitingStops } from "./waiting-stops.ts";

/**
 * The open orders of a book: resting orders by price, then time, and orders that wait for their stop price.
 * Each is found by its number and by its client. While `undo` is on, every change can be undone.
 */
export class OpenOrders {
  readonly rules: InstrumentRules;
  readonly orders = new OrderStore();
  readonly clients = new ClientIndex(this.orders);
  readonly stops: WaitingStops;
  readonly undo = new UndoLog();
  readonly #buys: BookSide;
  readonly #sells: BookSide;
  readonly #slots = new IntegerMap(1024);
  readonly #extras = new ExtrasStore();
  readonly #expiries: ExpiryQueue;

  constructor(rules: InstrumentRules) {
    this.rules = rules;
    this.#buys = new BookSide(BUY, this.orders, rules.maximumPriceTicks);
    this.#sells = new BookSide(SELL, this.orders, rules.maximumPriceTicks);
    this.stops = new WaitingStops(
      this.orders,
      (slot) => this.knownExtras(slot),
      this.undo,
      rules.maximumPriceTicks,
    );
    this.#expiries = new ExpiryQueue(({ timeMs, orderNumber }) => {
      const slot = this.slotOf(orderNumber);
      return slot !== NONE && this.terms(slot)?.expiresAtMs === timeMs;
    });
  }

  get restingCount(): number {
    return this.#slots.size - this.stops.count;
  }
  /** The open order that expires first. */
  get firstExpiry(): Expiry | undefined {
    return this.#expiries.first;
  }

  side(side: Side): BookSide {
    return side === BUY ? this.#buys : this.#sells;
  }

  /** The slot of an open order, resting or waiting, or NONE. */
  slotOf(orderNumber: number): number {
    return this.#slots.get(orderNumber);
  }
  /** The fields of an order beside its record; undefined for a plain order. */
  extras(slot: number): OrderExtras | undefined {
    const place = this.orders.extrasPlace(slot);
    return place === NONE ? undefined : this.#extras.at(place);
  }
  /** The fields of an order beside its record, for an order that must have some. */
  knownExtras(slot: number): OrderExtras {
    return this.#extras.at(this.orders.extrasPlace(slot));
  }
  terms(slot: number): OrderTerms | undefined {
    return this.extras(slot)?.terms;
  }
  /** The remaining quantity of an order, displayed or hidden. */
  remainingLots(slot: number): number {
    return this.orders.shownLots(slot) + (this.extras(slot)?.hiddenLots ?? 0);
  }
  /** Whether self-trade prevention may apply between an order and a client, or its group. */
  isOwn(slot: number, client: number, groupNumber: number | undefined): boolean {
    if (this.orders.client(slot) === client) return true;
    return groupNumber !== undefined && this.terms(slot)?.groupNumber === groupNumber;
  }
  /** The price at which an order rests. */
  priceTicks(slot: number): PriceTicks {
    return this.side(this.orders.side(slot)).priceTicks(this.orders.level(slot));
  }

  /**
   * Puts an order at the back of the queue at its price.
   *
   * @param displayedLots the displayed quantity of an iceberg; absent for a fresh slice.
   */
  rest(
    orderNumber: number,
    client: number,
    side: Side,
    priceTicks: number,
    quantityLots: number,
    remainingLots: number,
    selfTrade: SelfTradeMode = "none",
    terms?: OrderTerms,
    displayedLots?: number,
  ): void {
    const flags = selfTrade === "none" ? side : orderFlags(side, selfTrade, false);
    if (terms === undefined) {
      const slot = this.orders.add(orderNumber, client, flags, quantityLots, remainingLots, NONE);
      this.side(side).append(slot, priceTicks);
      this.#enter(slot, orderNumber, client);
      return;
    }
    const shown = displayedLots ?? Math.min(terms.displayLots ?? remainingLots, remainingLots);
    const hiddenLots = remainingLots - shown;
    const place = this.#extras.add({
      terms,
      hiddenLots,
      priceTicks: undefined,
      anchorTicks: undefined,
      isReached: false,
    });
    const slot = this.orders.add(orderNumber, client, flags, quantityLots, shown, place);
    this.side(side).append(slot, priceTicks);
    if (hiddenLots > 0) this.side(side).addHidden(slot, hiddenLots);
    this.#enter(slot, orderNumber, client);
    if (terms.expiresAtMs !== undefined) this.#expiries.add(terms.expiresAtMs, orderNumber);
  }

  /**
   * Files a stop that waits.
   *
   * @param priceTicks its limit once it is triggered; absent for a market order.
   * @param anchorTicks the best trade that a trailing stop has followed.
   * @param isReached whether a trade has reached it, so that it is to be triggered.
   */
  arm(
    orderNumber: number,
    client: number,
    side: Side,
    priceTicks: number | undefined,
    quantityLots: number,
    selfTrade: SelfTradeMode,
    terms: OrderTerms,
    anchorTicks: number | undefined,
    isReached: boolean,
  ): void {
    const place = this.#extras.add({ terms, hiddenLots: 0, priceTicks, anchorTicks, isReached });
    const flags = orderFlags(side, selfTrade, true);
    const slot = this.orders.add(orderNumber, client, flags, quantityLots, quantityLots, place);
    this.stops.add(slot);
    this.#enter(slot, orderNumber, client);
    this.clients.addStop(client);
    if (terms.expiresAtMs !== undefined) this.#expiries.add(terms.expiresAtMs, orderNumber);
  }

  #enter(slot: number, orderNumber: number, client: number): void {
    this.#slots.set(orderNumber, slot);
    this.clients.add(slot, client);
    if (this.undo.isOn) this.#noteEntry(slot);
  }

  // The undo steps have methods of their own: a closure slows down the function around it, even if it is
  // never created.
  #noteEntry(slot: number): void {
    this.undo.add(() => this.#takeOut(slot));
  }
  #noteFill(slot: number, lots: number): void {
    this.undo.add(() => this.side(this.orders.side(slot)).reduce(slot, -lots));
  }

  /**
   * Reduces the displayed quantity of an order. The order leaves the book if nothing remains, displayed or
   * hidden.
   */
  fill(slot: number, lots: number): void {
    if (lots === this.orders.shownLots(slot) && !this.isHiding(slot)) {
      this.remove(slot);
      return;
    }
    this.side(this.orders.side(slot)).reduce(slot, lots);
    if (this.undo.isOn) this.#noteFill(slot, lots);
  }
  /** Whether an order has a hidden quantity. */
  isHiding(slot: number): boolean {
    return this.orders.extrasPlace(slot) !== NONE && this.knownExtras(slot).hiddenLots > 0;
  }

  /** Removes an open order for good. The other leg of a pair stays, without its link. */
  remove(slot: number): void {
    if (this.orders.extrasPlace(slot) !== NONE) this.#unlink(this.terms(slot)?.linkedTo);
    this.lift(slot);
  }

  /** Removes an open order that may come back. */
  lift(slot: number): void {
    if (this.undo.isOn) this.undo.add(this.#puttingBack(slot));
    this.#takeOut(slot);
  }

  #unlink(orderNumber: number | undefined): void {
    const slot = orderNumber === undefined ? NONE : this.slotOf(orderNumber);
    if (slot === NONE) return;
    const extras = this.knownExtras(slot);
    const { terms } = extras;
    extras.terms = unlinkedTerms(terms);
    if (!this.undo.isOn) return;
    this.undo.add(() => {
      extras.terms = terms;
    });
  }

  #takeOut(slot: number): void {
    const { orders } = this;
    const place = orders.extrasPlace(slot);
    const levels = this.side(orders.side(slot));
    if (place === NONE) levels.unlink(slot);
    else {
      if (orders.isWaiting(slot)) {
        this.stops.remove(slot);
        this.clients.removeStop(orders.client(slot));
      } else {
        levels.addHidden(slot, -this.#extras.at(place).hiddenLots);
        levels.unlink(slot);
      }
      this.#extras.free(place);
    }
    this.clients.remove(slot, orders.client(slot));
    this.#slots.delete(orders.orderNumber(slot));
    orders.free(slot);
  }

  /** Returns a step that restores an order exactly where it is now. */
  #puttingBack(slot: number): () => void {
    const { orders } = this;
    const [orderNumber, client, flags] = [orders.orderNumber(slot), orders.client(slot), orders.flags(slot)];
    const [quantityLots, shownLots] = [orders.quantityLots(slot), orders.shownLots(slot)];
    const extras = this.extras(slot);
    const [previous, next] = [orders.previous(slot), orders.next(slot)];
    const priceTicks = orders.isWaiting(slot) ? undefined : this.priceTicks(slot);
    return () => {
      const place = extras === undefined ? NONE : this.#extras.add(extras);
      const back = orders.add(orderNumber, client, flags, quantityLots, shownLots, place);
      this.#slots.set(orderNumber, back);
      this.clients.add(back, client);
      if (priceTicks === undefined) {
        this.stops.add(back);
        this.clients.addStop(client);
      } else {
        const levels = this.side(orders.side(back));
        levels.relink(back, priceTicks, previous, next);
        levels.addHidden(back, extras?.hiddenLots ?? 0);
      }
      if (extras?.terms.expiresAtMs !== undefined) this.#expiries.add(extras.terms.expiresAtMs, orderNumber);
    };
  }
}
