import type { LevelView, SnapshotMessage, UpdateMessage } from "../../protocol/market-data.ts";

/** Quantities of one side by price, both as the venue writes them. */
export type SideLevels = ReadonlyMap<string, string>;

/**
 * An instrument's book as the live stream tells it: the snapshot, then every update, each checked to
 * follow the one before. Any break in the chain fails the book for good.
 */
export class StreamBook {
  readonly #socket: WebSocket;
  readonly #levels = { buy: new Map<string, string>(), sell: new Map<string, string>() };
  readonly #onUpdate: (update: UpdateMessage) => void;
  #seq = 0;
  #epoch = 0;
  #failure: Error | undefined;
  #waiting: Waiting | undefined;
  /** How many updates have come since the snapshot. */
  updateCount = 0;

  private constructor(url: string, onUpdate: (update: UpdateMessage) => void) {
    this.#onUpdate = onUpdate;
    this.#socket = new WebSocket(url);
    this.#socket.addEventListener("message", ({ data }) => this.#receive(String(data)));
    this.#socket.addEventListener("error", () => this.#fail(new Error(`the stream ${url} failed`)));
    this.#socket.addEventListener("close", () => this.#fail(new Error(`the stream ${url} was closed`)));
  }

  /** Subscribes, and settles once the snapshot is here. */
  static async connect(
    url: string,
    onUpdate: (update: UpdateMessage) => void = () => {},
  ): Promise<StreamBook> {
    const book = new StreamBook(url, onUpdate);
    await book.#wait(() => book.#epoch > 0);
    return book;
  }

  get seq(): number {
    return this.#seq;
  }

  side(side: "buy" | "sell"): SideLevels {
    return this.#levels[side];
  }

  /** The best price of a side, or undefined where it is empty. */
  best(side: "buy" | "sell"): string | undefined {
    let best: string | undefined;
    for (const price of this.#levels[side].keys()) {
      if (best === undefined || isBetter(side, price, best)) best = price;
    }
    return best;
  }

  /** Settles once the book is at a sequence or past it. */
  reach(seq: number): Promise<void> {
    return this.#wait(() => this.#seq >= seq);
  }

  close(): void {
    this.#socket.close();
  }

  #wait(isDone: () => boolean): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (isDone()) return Promise.resolve();
    if (this.#waiting !== undefined) throw new Error("one wait at a time");
    return new Promise((resolve, reject) => {
      this.#waiting = { isDone, resolve, reject };
    });
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#waiting?.reject(this.#failure);
    this.#waiting = undefined;
  }

  #receive(text: string): void {
    if (this.#failure !== undefined) return;
    const message = JSON.parse(text) as SnapshotMessage | UpdateMessage | { type: "error" };
    if (message.type === "error" || !this.#follows(message)) {
      this.#fail(new Error(`the stream is broken after ${this.#seq}: ${text.slice(0, 200)}`));
      return;
    }
    this.#seq = message.seq;
    this.#epoch = message.epoch;
    setLevels(this.#levels.buy, message.bids);
    setLevels(this.#levels.sell, message.asks);
    if (message.type === "update") {
      this.updateCount++;
      this.#onUpdate(message);
    }
    if (this.#waiting?.isDone()) {
      this.#waiting.resolve();
      this.#waiting = undefined;
    }
  }

  /** Whether a message is the snapshot that begins the chain, or the next link of it. */
  #follows(message: SnapshotMessage | UpdateMessage): boolean {
    if (message.type === "snapshot") return this.#epoch === 0;
    return message.epoch === this.#epoch && message.prev_seq === this.#seq;
  }
}

interface Waiting {
  readonly isDone: () => boolean;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Whether one price is better than another, for who takes from that side. Compared as numbers, never computed with. */
export function isBetter(side: "buy" | "sell", price: string, other: string): boolean {
  return side === "buy" ? Number(price) > Number(other) : Number(price) < Number(other);
}

function setLevels(side: Map<string, string>, levels: readonly LevelView[]): void {
  for (const { price, quantity, orders } of levels) {
    if (orders === 0) side.delete(price);
    else side.set(price, quantity);
  }
}
