import { Client } from "../../client/client.ts";
import type { OrderChange, OrdersMessage } from "../../protocol/feed/feed-message.ts";
import type { LevelView, TradeView } from "../../protocol/market-data.ts";

type Side = "buy" | "sell";

/**
 * An instrument's book as the feed tells it to our own client, each message held against chain and checksum. Any
 * break, or the end of the connection, fails the book for good.
 */
export class StreamBook {
  readonly #client: Client;
  readonly #book;
  readonly #orders;
  readonly #trades;
  #failure: Error | undefined;
  #waiting: Waiting | undefined;
  /** How many updates have come since the snapshot. */
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
   * Subscribes, and settles once the snapshots are here.
   * @param onChanges told of every change of an order; without it neither orders nor trades are followed.
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

  /** What is at a price of a side; undefined where nothing is. */
  quantityAt(side: Side, price: string): string | undefined {
    return this.#book.state.at(side, price)?.quantity;
  }

  /** The newest trades, newest last. */
  get trades(): readonly TradeView[] {
    return this.#trades?.state.trades ?? [];
  }

  /** The best price of a side, or undefined where it is empty. */
  best(side: Side): string | undefined {
    return this.side(side)[0]?.price;
  }

  /** Settles once everything that is followed is at a sequence or past it. */
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
