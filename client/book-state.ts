import { bookChecksum } from "../protocol/feed/book-checksum.ts";
import type { BookMessage } from "../protocol/feed/feed-message.ts";
import type { LevelView } from "../protocol/market-data.ts";
import type { ChannelState } from "./channel-state.ts";

/** One side's levels, sorted by price. */
class Side {
  readonly levels: LevelView[] = [];
  readonly #sign: number;

  /** @param sign 1 if the lowest price is the best, -1 if the highest is. */
  constructor(sign: 1 | -1) {
    this.#sign = sign;
  }

  /** Replaces or adds the level at a price. Quantity zero removes it. */
  set(level: LevelView): void {
    const at = this.#placeOf(level.price);
    const isHere = this.levels[at]?.price === level.price;
    if (!isZero(level.quantity)) this.levels.splice(at, isHere ? 1 : 0, level);
    else if (isHere) this.levels.splice(at, 1);
  }

  at(price: string): LevelView | undefined {
    const level = this.levels[this.#placeOf(price)];
    return level?.price === price ? level : undefined;
  }

  /**
   * The index of a price, or the index at which to insert it. Prices are only compared as numbers, never
   * computed with.
   */
  #placeOf(price: string): number {
    const wanted = this.#sign * Number(price);
    let [low, high] = [0, this.levels.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#sign * Number(this.levels[middle]?.price) < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

export function isZero(quantity: string): boolean {
  return !/[1-9]/.test(quantity);
}

/** The book, or its best levels, as a `book` channel publishes it. */
export class BookState implements ChannelState<BookMessage> {
  readonly isResumable: boolean;
  #bids = new Side(-1);
  #asks = new Side(1);

  /** @param isResumable whether the channel can resume after a broken connection. */
  constructor(isResumable: boolean) {
    this.isResumable = isResumable;
  }

  /** Best first. */
  get bids(): readonly LevelView[] {
    return this.#bids.levels;
  }

  /** Best first. */
  get asks(): readonly LevelView[] {
    return this.#asks.levels;
  }

  /** The level at a price of a side. */
  at(side: "buy" | "sell", price: string): LevelView | undefined {
    return (side === "buy" ? this.#bids : this.#asks).at(price);
  }

  apply(message: BookMessage): void {
    if (message.type === "snapshot") {
      this.#bids = new Side(-1);
      this.#asks = new Side(1);
    }
    for (const level of message.bids) this.#bids.set(level);
    for (const level of message.asks) this.#asks.set(level);
  }

  isProven({ checksum }: BookMessage): boolean {
    return bookChecksum(this.bids, this.asks) === checksum;
  }
}
