/** What one of the demo's traders has done. */
export interface Deed {
  readonly timeMs: number;
  readonly trader: string;
  readonly instrument: string;
  readonly side: "buy" | "sell";
  /** Such as "buys 0.0210 at 50,010.00, rests". */
  readonly words: string;
}

/** So many are remembered. */
const KEPT_MAX = 100;

/** What the demo's traders have done, in the order of the answers. */
export class Deeds {
  #deeds: readonly Deed[] = [];

  add(deed: Omit<Deed, "timeMs">): void {
    this.#deeds = [...this.#deeds, { ...deed, timeMs: Date.now() }].slice(-KEPT_MAX);
  }

  /** The newest, newest first. */
  newest(count: number): readonly Deed[] {
    return this.#deeds.slice(-count).reverse();
  }
}
