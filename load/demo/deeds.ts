/** An action of one of the demo's traders. */
export interface Deed {
  readonly timeMs: number;
  readonly trader: string;
  readonly instrument: string;
  readonly side: "buy" | "sell";
  /** For example "buys 0.0210 at 50,010.00, rests". */
  readonly words: string;
}

/** The number of actions kept. */
const KEPT_MAX = 100;

/** The actions of the demo's traders, in the order of the answers. */
export class Deeds {
  #deeds: readonly Deed[] = [];

  add(deed: Omit<Deed, "timeMs">): void {
    this.#deeds = [...this.#deeds, { ...deed, timeMs: Date.now() }].slice(-KEPT_MAX);
  }

  /** The newest actions, newest first. */
  newest(count: number): readonly Deed[] {
    return this.#deeds.slice(-count).reverse();
  }
}
