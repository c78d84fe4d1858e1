import { Client } from "../../client/client.ts";
import type { OrderChange, OrdersMessage } from "../../protocol/feed/feed-message.ts";
import type { LevelView, TradeView } from "../../protocol/market-data.ts";

type Side = "buy" | "sell";

/**
 * An instrument's book from the feed, followed with the project's own client. Each message is checked against
 * chain and checksum. Any break, or the end of the connection, is a permanent failure.
 */
export class StreamBook {
  readonly #client: Client;
  readonly #book;
  readonly #orders;
  readonly #trades;
  #failure: Error | undefined;
  #waiting: Waiting | undefined;
  /** The number of updates since the snapshot. */
  updateCount = 0;

  private constructor(
    url: string,
    instrument: string,
    onChanges: ((changes: readonly OrderChange[]) => void) | undefined,
  ) {
    const onDisconnect = () => this.#fail(new Error(`the stream of ${instrument} at ${url} was closed`));
    this.#client = new Client({ url, instrument, onDisconnect });
    this.#book = this.#client.subscribe("book", (_, { type }) => {
      if (type === "update") this.updateCount++;
      this.#look();
    });
    this.#orders =
      onChanges &&
      this.#client.subscribe("orders", (_, message) => {
        if (message.type === "update") onChanges((message as OrdersMessage & { type: "update" }).orders);
        this.#look();
      });
    this.#trades = onChanges && this.#client.subscribe("trades", () => this.#look());
  }

  /**
   * Subscribes. Resolves once the snapshots have arrived.
   * @param onChanges called with every change of an order. Without it, neither orders nor trades are
   * followed.
   */
  static async connect(
    url: string,
    instrument: string,
    onChanges?: (changes: readonly OrderChange[]) => void,
  ): Promise<StreamBook> {
    const book = new StreamBook(url, instrument, onChanges);
    await book.reach(0);
    return book;
  }

  get seq(): number {
    return this.#book.seq ?? -1;
  }

  /** Best first. */
  side(side: Side): readonly LevelView[] {
    return side === "buy" ? this.#book.state.bids : this.#book.state.asks;
  }

  /** The quantity at a price of a side; undefined if there is none. */
  quantityAt(side: Side, price: string): string | undefined {
    return this.#book.state.at(side, price)?.quantity;
  }

  /** The newest trades, newest last. */
  get trades(): readonly TradeView[] {
    return this.#trades?.state.trades ?? [];
  }

  /** The best price of a side; undefined if the side is empty. */
  best(side: Side): string | undefined {
    return this.side(side)[0]?.price;
  }

  /** Resolves once every followed channel is at a sequence or later. */
  reach(seq: number): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#isAt(seq)) return Promise.resolve();
    if (this.#waiting !== undefined) throw new Error("one wait at a time");
    return new Promise((resolve, reject) => {
      this.#waiting = { seq, resolve, reject };
    });
  }

  close(): void {
    this.#client.close();
  }

  #isAt(seq: number): boolean {
    return this.seq >= seq && (this.#orders === undefined || (this.#orders.seq ?? -1) >= seq);
  }

  #look(): void {
    const followed = [this.#book, this.#orders, this.#trades];
    if (followed.some((each) => each !== undefined && each.gaps + each.faults > 0))
      this.#fail(new Error(`the stream is broken after ${this.seq}`));
    if (this.#waiting === undefined || !this.#isAt(this.#waiting.seq)) return;
    this.#waiting.resolve();
    this.#waiting = undefined;
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#waiting?.reject(this.#failure);
    this.#waiting = undefined;
    this.#client.close();
  }
}

interface Waiting {
  readonly seq: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}
