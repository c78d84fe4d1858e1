import { isZero } from "../../client/book-state.ts";
import { formatSteps, parseStep, type Step } from "../../protocol/decimal.ts";
import type { OrderChange } from "../../protocol/feed-message.ts";
import type { Random } from "../../test/support/random.ts";
import { type ApiClient, ApiProblem, type ListedInstrument } from "../api-client.ts";
import { StreamBook } from "../stream/stream-book.ts";
import { exponential, normal } from "./draws.ts";
import type { Totals } from "./totals.ts";

const CLIENTS = ["demo-anna", "demo-ben", "demo-carla", "demo-deniz", "demo-emre", "demo-fay"] as const;

/** Where a walk begins when the book gives no price; others begin at 100. */
const START_PRICES: Readonly<Record<string, number>> = { "BTC-USD": 50_000, "ETH-USD": 3_000 };

/** Standard deviation of the mid price's step, as a part of the price. */
const STEP_DEVIATION = 0.0001;
/** How far from the mid price orders rest on average, as a part of the price. */
const MEAN_DISTANCE = 0.0008;
const HALF_SPREAD = 0.0001;
/** Median value of an order in the quote asset. */
const MEDIAN_VALUE = 1_500;
const QUANTITY_DIGITS = 4;

/** So many orders of ours rest at most; from there on one is cancelled for each that would come. */
const RESTING_MAX = 150;
const CANCEL_FROM = 40;

const MARKET_SHARE = 0.1;
const CANCEL_SHARE = 0.3;
const AGGRESSIVE_SHARE = 0.05;

type Side = "buy" | "sell";

/** The traders of one instrument: a mid price that wanders, and orders around it. */
export class Market {
  readonly instrument: string;
  readonly #api: ApiClient;
  readonly #random: Random;
  readonly #totals: Totals;
  readonly #listed: ListedInstrument;
  readonly #tick: Step;
  readonly #lot: Step;
  /** Prices of our resting orders, by id. */
  readonly #resting = new Map<string, number>();
  /** Their ids, by the number that the feed names them by. */
  readonly #idOf = new Map<number, string>();
  #book: StreamBook | undefined;
  /** A float: it only says where to quote, and is made a whole tick before it is sent. */
  #mid = 0;
  /** The newest sequence that an answer named. */
  #sequence = 0;

  constructor(api: ApiClient, listed: ListedInstrument, random: Random, totals: Totals) {
    this.#api = api;
    this.#listed = listed;
    this.#random = random;
    this.#totals = totals;
    this.instrument = listed.instrument;
    this.#tick = parseStep(listed.tick_size);
    this.#lot = parseStep(listed.lot_size);
  }

  /** Subscribes to the stream, and begins where the book is. */
  async open(): Promise<void> {
    this.#book = await StreamBook.connect(this.#api.url, this.instrument, (changes) => this.#follow(changes));
    const [bid, ask] = [this.#book.best("buy"), this.#book.best("sell")];
    const price = bid !== undefined && ask !== undefined ? (Number(bid) + Number(ask)) / 2 : undefined;
    this.#mid = price ?? Number(bid ?? ask ?? START_PRICES[this.instrument] ?? 100);
  }

  close(): void {
    this.#book?.close();
  }

  /** The best bid and offer, for the progress line. */
  describe(): string {
    return `${this.instrument} ${this.#book?.best("buy") ?? "–"} / ${this.#book?.best("sell") ?? "–"}`;
  }

  /** Sends one order or cancel. */
  async step(): Promise<void> {
    this.#mid *= Math.exp(STEP_DEVIATION * normal(this.#random));
    const resting = this.#resting.size;
    if (resting >= RESTING_MAX) return this.#cancel(this.#farthest());
    if (this.#random.chance(MARKET_SHARE)) return this.#place("market");
    if (resting > CANCEL_FROM && this.#random.chance(CANCEL_SHARE)) {
      return this.#cancel(this.#random.pick([...this.#resting.keys()]));
    }
    return this.#place("limit");
  }

  /** Cancels everything of ours that rests. */
  async cancelAll(): Promise<void> {
    await Promise.all([...this.#resting.keys()].map((orderId) => this.#cancel(orderId)));
  }

  /** Settles once the stream has shown everything that was answered. */
  async catchUp(): Promise<void> {
    await this.#book?.reach(this.#sequence);
  }

  async #place(type: "limit" | "market"): Promise<void> {
    const random = this.#random;
    const side = random.pick(["buy", "sell"] as const);
    const price = type === "limit" ? this.#price(side) : undefined;
    const order = {
      client_id: random.pick(CLIENTS),
      instrument: this.instrument,
      side,
      type,
      ...(price === undefined ? {} : { price }),
      quantity: this.#quantity(),
    };
    const placed = await this.#unlessRefused(this.#api.place(order));
    if (placed === undefined) return;
    this.#sequence = Math.max(this.#sequence, placed.updated_sequence);
    this.#totals.placed++;
    this.#totals.trades += placed.trade_count;
    if (placed.status === "filled") this.#totals.filled++;
    else if (placed.status === "cancelled") this.#totals.cancelled++;
    else {
      this.#resting.set(placed.order_id, Number(placed.price));
      this.#idOf.set(placed.sequence, placed.order_id);
    }
  }

  /** Near the mid price, more often close than far; now and then across it. */
  #price(side: Side): string {
    const isAggressive = this.#random.chance(AGGRESSIVE_SHARE);
    const away = HALF_SPREAD + exponential(this.#random, MEAN_DISTANCE);
    const distance = isAggressive ? -away / 2 : away;
    const price = this.#mid * (side === "buy" ? 1 - distance : 1 + distance);
    return toSteps(price, this.#listed.minimum_price, this.#listed.maximum_price, this.#tick);
  }

  #quantity(): string {
    const value = MEDIAN_VALUE * Math.exp(normal(this.#random));
    const rounded = Number((value / this.#mid).toFixed(QUANTITY_DIGITS));
    return toSteps(rounded, this.#listed.minimum_quantity, this.#listed.maximum_quantity, this.#lot);
  }

  async #cancel(orderId: string | undefined): Promise<void> {
    // Taken off at once, so that no later step picks it again while the answer is on its way.
    if (orderId === undefined || !this.#resting.delete(orderId)) return;
    try {
      const cancelled = await this.#api.cancel(orderId);
      this.#sequence = Math.max(this.#sequence, cancelled.updated_sequence);
      this.#totals.cancelled++;
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      // Filled while the cancel was on its way.
      if (error.code === "order_closed") this.#totals.filled++;
      else this.#totals.rejected++;
    }
  }

  #farthest(): string | undefined {
    let farthest: string | undefined;
    let distanceMax = -1;
    for (const [orderId, price] of this.#resting) {
      const distance = Math.abs(price - this.#mid);
      if (distance > distanceMax) [farthest, distanceMax] = [orderId, distance];
    }
    return farthest;
  }

  /** Learns from the stream which of our resting orders were filled: they rest no more, and not by our cancel. */
  #follow(changes: readonly OrderChange[]): void {
    for (const { order, quantity } of changes) {
      if (!isZero(quantity)) continue;
      const orderId = this.#idOf.get(order);
      this.#idOf.delete(order);
      if (orderId !== undefined && this.#resting.delete(orderId)) this.#totals.filled++;
    }
  }

  async #unlessRefused<T>(request: Promise<T>): Promise<T | undefined> {
    try {
      return await request;
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      this.#totals.rejected++;
      return undefined;
    }
  }
}

/** The decimal text nearest to a float that is a whole number of steps and within bounds. */
function toSteps(value: number, minimum: string, maximum: string, step: Step): string {
  const within = Math.min(Math.max(value, Number(minimum)), Number(maximum));
  return formatSteps(Math.max(1, Math.round((within * 10 ** step.scale) / step.units)), step);
}
