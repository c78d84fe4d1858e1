import { isZero } from "../../client/book-state.ts";
import { formatSteps, parseStep, type Step } from "../../protocol/decimal.ts";
import type { OrderChange } from "../../protocol/feed/feed-message.ts";
import type { PlacedOrderView } from "../../protocol/order-entry.ts";
import type { Random } from "../../test/support/random.ts";
import { type ApiClient, ApiProblem, type ListedInstrument } from "../api-client.ts";
import { StreamBook } from "../stream/stream-book.ts";
import { amountText, QUANTITY_DIGITS } from "./amounts.ts";
import type { Deeds } from "./deeds.ts";
import { exponential, normal } from "./draws.ts";
import type { MarketView } from "./screen.ts";
import type { Totals } from "./totals.ts";

const CLIENTS = ["demo-anna", "demo-ben", "demo-carla", "demo-deniz", "demo-emre", "demo-fay"] as const;

/** The start of the walk if the book gives no price. Other instruments start at 100. */
const START_PRICES: Readonly<Record<string, number>> = { "BTC-USD": 50_000, "ETH-USD": 3_000 };

/** Standard deviation of a step of the mid price, as a share of the price. */
const STEP_DEVIATION = 0.0001;
/** Average distance of resting orders from the mid price, as a share of the price. */
const MEAN_DISTANCE = 0.0008;
const HALF_SPREAD = 0.0001;
/** Median value of an order in the quote asset. */
const MEDIAN_VALUE = 1_500;

/** The most resting orders. Beyond them, a cancel replaces each new order. */
const RESTING_MAX = 150;
const CANCEL_FROM = 40;

const MARKET_SHARE = 0.1;
const CANCEL_SHARE = 0.3;
const AGGRESSIVE_SHARE = 0.05;

type Side = "buy" | "sell";

/** A resting order of the demo. */
interface Resting {
  readonly price: number;
  readonly trader: string;
  readonly side: Side;
  /** Quantity and price as text. */
  readonly words: string;
}

/** The traders of one instrument: a wandering mid price, and orders around it. */
export class Market {
  readonly instrument: string;
  readonly #api: ApiClient;
  readonly #random: Random;
  readonly #totals: Totals;
  readonly #deeds: Deeds;
  readonly #listed: ListedInstrument;
  readonly #tick: Step;
  readonly #lot: Step;
  /** The resting orders by id. */
  readonly #resting = new Map<string, Resting>();
  /** Their ids by the number that the feed uses. */
  readonly #idOf = new Map<number, string>();
  #book: StreamBook | undefined;
  /** A float. It only decides where to quote, and is rounded to a tick before it is sent. */
  #mid = 0;
  /** The newest sequence in an answer. */
  #sequence = 0;

  constructor(api: ApiClient, listed: ListedInstrument, random: Random, totals: Totals, deeds: Deeds) {
    this.#api = api;
    this.#listed = listed;
    this.#random = random;
    this.#totals = totals;
    this.#deeds = deeds;
    this.instrument = listed.instrument;
    this.#tick = parseStep(listed.tick_size);
    this.#lot = parseStep(listed.lot_size);
  }

  /** Subscribes to the stream, and starts the walk at the current price. */
  async open(): Promise<void> {
    this.#book = await StreamBook.connect(this.#api.url, this.instrument, (changes) => this.#follow(changes));
    const [bid, ask] = [this.#book.best("buy"), this.#book.best("sell")];
    const price = bid !== undefined && ask !== undefined ? (Number(bid) + Number(ask)) / 2 : undefined;
    this.#mid = price ?? Number(bid ?? ask ?? START_PRICES[this.instrument] ?? 100);
  }

  close(): void {
    this.#book?.close();
  }

  /** What a screen shows. */
  get view(): MarketView {
    const book = this.#book;
    return {
      instrument: this.instrument,
      bids: book?.side("buy") ?? [],
      asks: book?.side("sell") ?? [],
      trades: book?.trades ?? [],
    };
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

  /** Cancels every resting order of the demo. */
  async cancelAll(): Promise<void> {
    await Promise.all([...this.#resting.keys()].map((orderId) => this.#cancel(orderId)));
  }

  /** Resolves once the stream has shown everything that was answered. */
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
    const trader = order.client_id.replace("demo-", "");
    const words = `${amountText(order.quantity, QUANTITY_DIGITS)} ${price === undefined ? "at any price" : `at ${amountText(price)}`}`;
    const tell = (outcome: string) => this.#tell(trader, side, `${side}s ${words}, ${outcome}`);
    const placed = await this.#unlessRefused(this.#api.place(order), tell);
    if (placed === undefined) return;
    tell(outcomeOf(placed));
    this.#sequence = Math.max(this.#sequence, placed.updated_sequence);
    this.#totals.placed++;
    this.#totals.trades += placed.trade_count;
    if (placed.status === "filled") this.#totals.filled++;
    else if (placed.status === "cancelled") this.#totals.cancelled++;
    else {
      this.#resting.set(placed.order_id, { price: Number(placed.price), trader, side, words });
      this.#idOf.set(placed.sequence, placed.order_id);
    }
  }

  /** A price near the mid price, more often close than far, and sometimes across it. */
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
    // Removed before the cancel is sent, so that no later step selects it while the answer is outstanding.
    const order = orderId === undefined ? undefined : this.#resting.get(orderId);
    if (orderId === undefined || order === undefined) return;
    this.#resting.delete(orderId);
    const { trader, side, words } = order;
    const tell = (outcome: string) => this.#tell(trader, side, `${outcome} to ${side} ${words}`);
    try {
      const cancelled = await this.#api.cancel(orderId);
      this.#sequence = Math.max(this.#sequence, cancelled.updated_sequence);
      this.#totals.cancelled++;
      tell("cancels an order");
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      // The order was filled while the cancel was in flight.
      if (error.code === "order_closed") this.#totals.filled++;
      else this.#totals.rejected++;
    }
  }

  #farthest(): string | undefined {
    let farthest: string | undefined;
    let distanceMax = -1;
    for (const [orderId, { price }] of this.#resting) {
      const distance = Math.abs(price - this.#mid);
      if (distance > distanceMax) [farthest, distanceMax] = [orderId, distance];
    }
    return farthest;
  }

  /** Detects which resting orders were filled: they no longer rest, without a cancel by the demo. */
  #follow(changes: readonly OrderChange[]): void {
    for (const { order, quantity } of changes) {
      if (!isZero(quantity)) continue;
      const orderId = this.#idOf.get(order);
      this.#idOf.delete(order);
      if (orderId !== undefined && this.#resting.delete(orderId)) this.#totals.filled++;
    }
  }

  #tell(trader: string, side: Side, words: string): void {
    this.#deeds.add({ trader, instrument: this.instrument, side, words });
  }

  async #unlessRefused<T>(request: Promise<T>, tell: (outcome: string) => void): Promise<T | undefined> {
    try {
      return await request;
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      this.#totals.rejected++;
      tell(`refused: ${error.code}`);
      return undefined;
    }
  }
}

/** The outcome of an order as text. */
function outcomeOf({ status, filled_quantity, trade_count }: PlacedOrderView): string {
  const trades = trade_count === 1 ? "one trade" : `${trade_count} trades`;
  if (status === "open") return "rests";
  if (status === "filled") return `filled in ${trades}`;
  if (isZero(filled_quantity)) return "no counterparty, cancelled";
  const rest = status === "cancelled" ? "the rest cancelled" : "the rest stays";
  return `filled ${amountText(filled_quantity, QUANTITY_DIGITS)}, ${rest}`;
}

/** The decimal text closest to a float that is a whole number of steps and within bounds. */
function toSteps(value: number, minimum: string, maximum: string, step: Step): string {
  const within = Math.min(Math.max(value, Number(minimum)), Number(maximum));
  return formatSteps(Math.max(1, Math.round((within * 10 ** step.scale) / step.units)), step);
}
