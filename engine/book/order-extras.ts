import type { OrderTerms } from "../vocabulary/terms.ts";

/** The fields of an open order beside its record, if it has terms. */
export interface OrderExtras {
  terms: OrderTerms;
  /** The hidden quantity of an iceberg. */
  hiddenLots: number;
  /** For a waiting stop: its limit once it is triggered; absent for a market order. */
  priceTicks: number | undefined;
  /** For a waiting trailing stop: the best trade it has followed; absent before the first. */
  anchorTicks: number | undefined;
  /** For a waiting stop: whether a trade has reached it, so that it is to be triggered. */
  isReached: boolean;
}

/** The extras of all open orders that have any. A freed place is reused, the last freed first. */
export class ExtrasStore {
  readonly #extras: (OrderExtras | undefined)[] = [];
  readonly #free: number[] = [];

  /** @returns the place of the extras. */
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
