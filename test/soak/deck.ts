import type { Random } from "../support/random.ts";

/** Deals each of its cards once, in a shuffled order, then all of them again. */
export class Deck<T> {
  readonly #cards: readonly T[];
  readonly #random: Random;
  #left: T[] = [];

  constructor(cards: readonly T[], random: Random) {
    this.#cards = cards;
    this.#random = random;
  }

  deal(): T {
    if (this.#left.length === 0) this.#left = [...this.#cards];
    const [card] = this.#left.splice(this.#random.below(this.#left.length), 1);
    return card as T;
  }

  /** Returns a card, so that it is dealt again before the deck is used up. */
  putBack(card: T): void {
    this.#left.push(card);
  }
}
