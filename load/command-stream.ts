import { apply } from "../engine/apply.ts";
import { NONE } from "../engine/book/integer-map.ts";
import { OrderBook } from "../engine/book/order-book.ts";
import type { Command, PlaceTermsCommand } from "../engine/vocabulary/command.ts";
import { EventBuffer } from "../engine/vocabulary/event-buffer.ts";
import type { InstrumentRules } from "../engine/vocabulary/rules.ts";
import {
  type ClientNumber,
  type OrderNumber,
  type PriceTicks,
  type QuantityLots,
  type Side,
  type TimeMs,
  UNIT_MAX,
} from "../engine/vocabulary/units.ts";

/**
 * The widest possible rules: no command is rejected, no narrow price range helps, and the orders of each
 * client are counted.
 */
export const BENCH_RULES: InstrumentRules = {
  minimumPriceTicks: 1 as PriceTicks,
  maximumPriceTicks: UNIT_MAX as PriceTicks,
  minimumQuantityLots: 1 as QuantityLots,
  maximumQuantityLots: 1_000_000_000 as QuantityLots,
  maximumRestingOrders: 100_000_000,
  maximumOpenOrdersPerClient: 100_000_000,
};

const LIMIT = 0;
const MARKET = 1;
const CANCEL = 2;
const COMMANDS_PER_MS = 1_000;
const CLIENTS = 1_000;

/**
 * The kinds of orders in a stream. `plain` orders have no optional field. `default` orders are plain orders
 * as the API places them, with its default self-trade mode. Of `terms` orders, one limit order in eight is
 * also an iceberg, and one in eight has an expiry.
 */
export const ORDER_KINDS = ["plain", "default", "terms"] as const;
export type OrderKind = (typeof ORDER_KINDS)[number];

/** Long after the end of any stream. */
const EXPIRY_MS = 1e12 as TimeMs;

/**
 * Commands made before the measurement. They are built by applying them to a book, since a cancel needs the
 * number that the engine assigned to its order. That book is also the expected result of the stream.
 */
export class CommandStream {
  /** The book after the commands so far. */
  readonly book = new OrderBook(BENCH_RULES);
  /** The most orders that the book had at once. */
  mostResting = 0;
  readonly #events = new EventBuffer();
  readonly #orders: OrderKind;
  #length = 0;
  #kinds = new Uint8Array(1024);
  #sides = new Uint8Array(1024);
  #lots = new Float64Array(1024);
  /** The price of a limit order, or the order number of a cancel. */
  #targets = new Float64Array(1024);

  constructor(orders: OrderKind = "plain") {
    this.#orders = orders;
  }

  get length(): number {
    return this.#length;
  }

  /** Adds an order, at the market if it has no price. Returns its order number. */
  place(side: Side, priceTicks: number | undefined, quantityLots: number): number {
    const orderNumber = this.book.sequence + 1;
    this.#add(priceTicks === undefined ? MARKET : LIMIT, side, priceTicks ?? 0, quantityLots);
    return orderNumber;
  }

  cancel(orderNumber: number): void {
    this.#add(CANCEL, 0, orderNumber, 0);
  }

  isResting(orderNumber: number): boolean {
    return this.book.slotOf(orderNumber) !== NONE;
  }

  /** A command as a new object, as a parser of requests would make it. */
  at(index: number): Command {
    const timeMs = Math.floor(index / COMMANDS_PER_MS) as TimeMs;
    const kind = this.#kinds[index];
    const target = this.#targets[index] as number;
    if (kind === CANCEL) return { kind: "cancel", timeMs, orderNumber: target as OrderNumber };
    const client = (1 + (index % CLIENTS)) as ClientNumber;
    const side = this.#sides[index] as Side;
    const quantityLots = this.#lots[index] as QuantityLots;
    const priceTicks = target as PriceTicks;
    if (this.#orders === "plain") {
      if (kind === MARKET) return { kind: "place_market", timeMs, client, side, quantityLots };
      return { kind: "place_limit", timeMs, client, side, priceTicks, quantityLots };
    }
    const selfTrade = "expire_taker";
    if (kind === MARKET) return { kind: "place_market", timeMs, client, side, quantityLots, selfTrade };
    const terms = this.#orders === "terms" ? termsOf(index, quantityLots) : undefined;
    if (terms === undefined)
      return { kind: "place_limit", timeMs, client, side, priceTicks, quantityLots, selfTrade };
    const type = "limit";
    return { kind: "place", type, timeMs, client, side, priceTicks, quantityLots, selfTrade, terms };
  }

  #add(kind: number, side: Side, target: number, lots: number): void {
    if (this.#length === this.#kinds.length) this.#grow();
    const index = this.#length++;
    this.#kinds[index] = kind;
    this.#sides[index] = side;
    this.#targets[index] = target;
    this.#lots[index] = lots;
    this.#events.clear();
    const reject = apply(this.book, this.at(index), this.#events);
    this.mostResting = Math.max(this.mostResting, this.book.restingCount);
    if (reject !== undefined) throw new Error(`command ${index} was refused: ${reject}`);
  }

  #grow(): void {
    const length = this.#kinds.length * 2;
    const bytes = (from: Uint8Array) => {
      const to = new Uint8Array(length);
      to.set(from);
      return to;
    };
    const doubles = (from: Float64Array) => {
      const to = new Float64Array(length);
      to.set(from);
      return to;
    };
    this.#kinds = bytes(this.#kinds);
    this.#sides = bytes(this.#sides);
    this.#targets = doubles(this.#targets);
    this.#lots = doubles(this.#lots);
  }
}

function termsOf(index: number, quantityLots: QuantityLots): PlaceTermsCommand["terms"] | undefined {
  if (index % 8 === 0) return { displayLots: Math.ceil(quantityLots / 4) as QuantityLots };
  return index % 8 === 4 ? { timeInForce: "gtd", expiresAtMs: EXPIRY_MS } : undefined;
}
