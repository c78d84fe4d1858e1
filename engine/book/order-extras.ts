import type { OrderTerms } from "../vocabulary/terms.ts";

/** What is kept of an open order beside its record, if it has terms. */
export interface OrderExtras {
  terms: OrderTerms;
  /** What an iceberg does not show. */
  hiddenLots: number;
  /** Of a waiting stop: the limit it will have; absent for a market order. */
  priceTicks: number | undefined;
  /** Of a waiting trailing stop: the best trade it has followed; absent before the first. */
  anchorTicks: number | undefined;
  /** Of a waiting stop: a trade has reached it, and it is to be triggered. */
  isReached: boolean;
}

/** The extras of all open orders that have any; a freed place is used again, the last freed first. */
export class ExtrasStore {
  readonly #extras: (OrderExtras | undefined)[] = [];
  readonly #free: number[] = [];

  /** @returns the place where the extras are from now on. */
  add(extras: OrderExtras): number {
    const at = this.#free.pop() ?? this.#extras.length;
    this.#extras[at] = extras;
    return at;
  }

  at(place: number): OrderExtras {
    const extras = this.#extras[place];
    if (extras === undefined) throw new Error(`no terms at ${place}`);
    return extras;
  }

  free(place: number): void {
    this.#extras[place] = undefined;
    this.#free.push(place);
  }
}
