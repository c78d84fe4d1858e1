import type { Event } from "../../../engine/vocabulary/event.ts";
import { BUY, SELL, type Side } from "../../../engine/vocabulary/units.ts";
import type { Copied } from "../../feed/shared-beginning.ts";
import { bestFirst, levelView, touchedPrices } from "../../records/book-view.ts";
import type { Changes } from "./resumptions.ts";
import type { FeedSource } from "./source.ts";

type ChangedLevel = Parameters<typeof levelView>[1];

/** The levels that events have changed. */
export class LevelChanges implements Changes {
  readonly #source: FeedSource;
  readonly #head: () => object;
  readonly #touched: readonly [buy: Set<number>, sell: Set<number>] = [new Set(), new Set()];

  /** @param head the fields of the update beside the levels. */
  constructor(source: FeedSource, head: () => object) {
    this.#source = source;
    this.#head = head;
  }

  add(events: readonly Event[]): void {
    const crossed = events.flatMap((event) =>
      event.kind === "traded" && event.inAuction ? [event.makerOrderNumber, event.takerOrderNumber] : [],
    );
    const orders = this.#source.journal.orders.readStored(new Set(crossed));
    const touched = touchedPrices(events, (orderNumber) => orders.get(orderNumber)?.priceTicks ?? null);
    for (const side of [BUY, SELL]) for (const price of touched[side]) this.#touched[side].add(price);
  }

  get count(): number {
    return this.#touched[BUY].size + this.#touched[SELL].size;
  }

  copy(): Copied {
    const [bids, asks] = [this.#levels(BUY), this.#levels(SELL)];
    const lists = [
      { name: "bids", texts: () => this.#texts(bids) },
      { name: "asks", texts: () => this.#texts(asks) },
    ];
    return { head: this.#head(), lists };
  }

  /** The levels as they are now, best first. */
  #levels(side: Side): ChangedLevel[] {
    const { book } = this.#source;
    const prices = [...this.#touched[side]].sort(bestFirst(side));
    return prices.map(
      (priceTicks) => book.levelAt(side, priceTicks) ?? { priceTicks, totalLots: 0, orderCount: 0 },
    );
  }

  *#texts(levels: readonly ChangedLevel[]): Generator<string> {
    for (const level of levels) yield JSON.stringify(levelView(this.#source.spec, level));
  }
}
