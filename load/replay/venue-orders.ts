import type { PlacedOrderView } from "../../protocol/order-entry.ts";
import type { ApiClient } from "../api-client.ts";
import type { FileBook, Hit, Part } from "./file-book.ts";
import type { Side } from "./lobster-file.ts";
import type { Report } from "./report.ts";
import type { Units } from "./units.ts";

/**
 * Buyers and sellers are different clients, so that no self-trade rule affects a replay. Each side uses many
 * of them in turn, so that none exceeds the instrument's limit of open orders.
 */
const CLIENTS = { buy: "replay-buyer", sell: "replay-seller" } as const;
const CLIENTS_A_SIDE = 1_000;

/** The orders and cancels of a replay. Sends them and compares every answer with the expected one. */
export class VenueOrders {
  readonly #api: ApiClient;
  readonly #instrument: string;
  readonly #units: Units;
  readonly #report: Report;
  readonly #parts = new Map<string, Part>();
  /** The line that the answers belong to. */
  line = 0;
  /** The newest sequence in an answer. */
  sequence = 0;
  placedCount = 0;

  constructor(api: ApiClient, instrument: string, units: Units, report: Report) {
    this.#api = api;
    this.#instrument = instrument;
    this.#units = units;
    this.#report = report;
  }

  /** Places a part. Returns what it hit at once, which is nothing for an order that rests. */
  async rest(part: Part): Promise<readonly Hit[]> {
    const { side, price } = part.order;
    const placed = await this.#place(side, price, part.lots);
    part.orderId = placed.order_id;
    part.venueLots = this.#units.lots(placed.remaining_quantity);
    if (part.venueLots > 0) this.#parts.set(part.orderId, part);
    return this.#hits(placed, price);
  }

  /**
   * Takes lots from a side, down to a price. The remainder is cancelled.
   * @returns what it hit, according to the venue's answer.
   */
  async take(side: Side, price: number, lots: number): Promise<readonly Hit[]> {
    const placed = await this.#place(side === "buy" ? "sell" : "buy", price, lots);
    if (this.#units.lots(placed.remaining_quantity) > 0) {
      this.#note((await this.#api.cancel(placed.order_id)).updated_sequence);
    }
    return this.#hits(placed, price);
  }

  /** Cancels a part, which removes all of it from the venue's book. */
  async cancel(part: Part): Promise<void> {
    const cancelled = await this.#api.cancel(part.orderId);
    this.#note(cancelled.updated_sequence);
    const lots = this.#units.lots(cancelled.cancelled_quantity);
    if (lots !== part.venueLots) this.#fault(`${part.orderId} rested with ${lots} and not ${part.venueLots}`);
    part.venueLots = 0;
    this.#parts.delete(part.orderId);
  }

  /**
   * Changes a level of the venue to match the file. This does nothing unless a cancel took less than a whole
   * part, or an execution hit another order than the exchange's. The parts from there to the back are then
   * cancelled and placed again in order.
   */
  async repair(book: FileBook, side: Side, price: number): Promise<void> {
    const parts = book.parts(side, price);
    const isWhole = ({ lots, venueLots }: Part) => lots === venueLots;
    // Parts that are removed completely do not move the others.
    for (const part of parts) if (part.lots === 0 && part.venueLots > 0) await this.cancel(part);
    const first = parts.findIndex((part) => !isWhole(part));
    if (first < 0) return;
    const again = parts.slice(first);
    for (const part of again) if (part.venueLots > 0) await this.cancel(part);
    for (const part of again) {
      if (part.lots === 0) continue;
      const hits = await this.rest(part);
      if (hits.length > 0) this.#fault(`an order placed again at ${price} traded`);
    }
  }

  async #place(side: Side, price: number, lots: number): Promise<PlacedOrderView> {
    this.placedCount++;
    const placed = await this.#api.place({
      client_id: `${CLIENTS[side]}-${this.placedCount % CLIENTS_A_SIDE}`,
      instrument: this.#instrument,
      side,
      type: "limit",
      price: this.#units.priceText(price),
      quantity: this.#units.quantityText(lots),
    });
    this.#note(placed.updated_sequence);
    return placed;
  }

  /** Converts the trades of an answer into hits on parts, and takes them from the venue's quantities. */
  #hits(placed: PlacedOrderView, limit: number): Hit[] {
    if (placed.trade_count !== placed.trades.length) this.#fault("an answer does not list all its trades");
    const hits: Hit[] = [];
    for (const trade of placed.trades) {
      const part = this.#parts.get(trade.maker_order_id);
      if (part === undefined) {
        this.#fault(`a trade names ${trade.maker_order_id}, which does not rest`);
        continue;
      }
      const lots = this.#units.lots(trade.quantity);
      if (this.#units.price(trade.price) !== part.order.price) {
        this.#fault(
          `a trade at ${trade.price} hit an order at ${part.order.price}, the limit being ${limit}`,
        );
      }
      part.venueLots -= lots;
      if (part.venueLots === 0) this.#parts.delete(part.orderId);
      hits.push({ part, lots });
    }
    return hits;
  }

  #note(sequence: number): void {
    this.sequence = Math.max(this.sequence, sequence);
  }

  #fault(text: string): void {
    this.#report.fault(this.line, text);
  }
}
