import { MESSAGE_TYPES, type MessageType, type Side } from "../../../load/replay/lobster-file.ts";
import type { Random } from "../../support/random.ts";

/** Lines of a message file and of a book file of the same day, one row per message. */
export interface LobsterDay {
  readonly messages: readonly string[];
  readonly rows: readonly string[];
}

interface Resting {
  readonly number: number;
  lots: number;
}

const [LOWEST, MIDDLE, HIGHEST] = [10, 20, 31] as const;
const TICK = 100;
const NUMBERS = Object.fromEntries(Object.entries(MESSAGE_TYPES).map(([number, type]) => [type, number]));

/** A book of one stock, first come, first served, with random events. */
class Market {
  readonly #random: Random;
  readonly #levels = { buy: new Map<number, Resting[]>(), sell: new Map<number, Resting[]>() };
  #nextNumber = 1;

  constructor(random: Random) {
    this.#random = random;
  }

  /** The best prices of a side in ticks. */
  best(side: Side, levelsMax: number): number[] {
    return [...this.#levels[side].keys()]
      .sort((a, b) => (side === "buy" ? b - a : a - b))
      .slice(0, levelsMax);
  }

  row(levelsMax: number): string {
    const [asks, bids] = [this.best("sell", levelsMax), this.best("buy", levelsMax)];
    const level = (side: Side, price: number | undefined) => {
      if (price === undefined) return side === "sell" ? "9999999999,0" : "-9999999999,0";
      return `${price * TICK},${this.#at(side, price).reduce((sum, { lots }) => sum + lots, 0)}`;
    };
    return Array.from(
      { length: levelsMax },
      (_, at) => `${level("sell", asks[at])},${level("buy", bids[at])}`,
    ).join(",");
  }

  /** Makes an event happen. @returns the event, with its price in ticks. */
  step(): Happening {
    const side = this.#random.pick(["buy", "sell"] as const);
    const chance = this.#random.below(100);
    const prices = this.best(side, this.#random.chance(0.7) ? 2 : 99);
    if (prices.length === 0 || chance < 45) return this.#add(side);
    const price = this.#random.pick(prices);
    const [front, ...others] = this.#at(side, price) as [Resting, ...Resting[]];
    if (chance < 50) return { type: "hidden_execution", number: 0, lots: 5, price: price + 0.5, side };
    if (chance < 75) return this.#take("execution", side, this.best(side, 1)[0] as number, undefined);
    const order = this.#random.pick([front, ...others]);
    return this.#take(order.lots > 1 && chance < 85 ? "partial_cancel" : "delete", side, price, order);
  }

  #at(side: Side, price: number): Resting[] {
    return this.#levels[side].get(price) ?? [];
  }

  #add(side: Side): Happening {
    const [bid = LOWEST] = this.best("buy", 1);
    const [ask = HIGHEST] = this.best("sell", 1);
    const below = side === "buy" ? Math.min(ask, MIDDLE + 3) : HIGHEST;
    const above = side === "sell" ? Math.max(bid, MIDDLE - 3) : LOWEST;
    const price = above + 1 + this.#random.below(Math.max(1, below - above - 1));
    const order = { number: this.#nextNumber++, lots: 1 + this.#random.below(9) };
    this.#levels[side].set(price, [...this.#at(side, price), order]);
    return { type: "new", ...order, price, side };
  }

  #take(type: MessageType, side: Side, price: number, chosen: Resting | undefined): Happening {
    const level = this.#at(side, price);
    const order = chosen ?? (level[0] as Resting);
    const part = 1 + this.#random.below(type === "partial_cancel" ? order.lots - 1 : order.lots);
    const lots = type === "delete" ? order.lots : part;
    order.lots -= lots;
    const left = level.filter((each) => each.lots > 0);
    if (left.length > 0) this.#levels[side].set(price, left);
    else this.#levels[side].delete(price);
    return { type, number: order.number, lots, price, side };
  }
}

interface Happening {
  readonly type: MessageType;
  readonly number: number;
  readonly lots: number;
  readonly price: number;
  readonly side: Side;
}

/**
 * A day of a stock in its files: the messages that change the best levels, and the best levels after each.
 * Neither file shows what happens below them.
 */
export function lobsterDay(random: Random, levelsMax: number, messageCount: number): LobsterDay {
  const market = new Market(random);
  // The orders from before the day began.
  for (let count = 0; count < 60; count++) market.step();
  const [messages, rows]: [string[], string[]] = [[], []];
  while (messages.length < messageCount) {
    const before = { buy: market.best("buy", levelsMax), sell: market.best("sell", levelsMax) };
    const { type, number, lots, price, side } = market.step();
    const isSeen = before[side].includes(price) || market.best(side, levelsMax).includes(price);
    if (!isSeen && type !== "hidden_execution") continue;
    const direction = side === "buy" ? 1 : -1;
    messages.push(`34200.${messages.length},${NUMBERS[type]},${number},${lots},${price * TICK},${direction}`);
    rows.push(market.row(levelsMax));
  }
  return { messages, rows };
}
