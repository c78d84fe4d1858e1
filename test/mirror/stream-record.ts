interface LevelText {
  readonly price: string;
  readonly quantity: string;
  readonly orders: number;
}

type Side = "bids" | "asks";

/** Follows the stream and keeps the book at every published sequence. */
export class StreamRecord {
  readonly #socket: WebSocket;
  readonly #book = { bids: new Map<string, LevelText>(), asks: new Map<string, LevelText>() };
  readonly #states = new Map<number, string>();
  lastSequence = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  /** Connects, and resolves once the snapshot has arrived. */
  static async follow(venueUrl: string): Promise<StreamRecord> {
    const socket = new WebSocket(`${venueUrl.replace("http", "ws")}/stream`);
    const record = new StreamRecord(socket);
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener("error", () => reject(new Error("the stream does not open")), { once: true });
      socket.addEventListener("message", ({ data }) => {
        record.#take(JSON.parse(String(data)));
        resolve();
      });
    });
    return record;
  }

  close(): void {
    this.#socket.close();
  }

  /** The book at a sequence, as text; undefined if no flush ended there. */
  stateAt(sequence: number): string | undefined {
    return this.#states.get(sequence);
  }

  #take(message: { seq: number } & Record<Side, LevelText[]>): void {
    for (const side of ["bids", "asks"] as const) {
      for (const level of message[side]) {
        if (level.orders === 0) this.#book[side].delete(level.price);
        else this.#book[side].set(level.price, level);
      }
    }
    this.lastSequence = message.seq;
    const sorted = (side: Side, sign: number) =>
      [...this.#book[side].values()].sort((a, b) => sign * (Number(a.price) - Number(b.price)));
    this.#states.set(message.seq, bookText({ bids: sorted("bids", -1), asks: sorted("asks", 1) }));
  }
}

/** Both sides of a book as one text, for comparison. */
export function bookText({ bids, asks }: Record<Side, readonly LevelText[]>): string {
  const side = (levels: readonly LevelText[]) =>
    levels.map(({ price, quantity, orders }) => `${price} ${quantity} ${orders}`).join("\n");
  return `${side(bids)}\n--\n${side(asks)}`;
}

/** @throws if the best bid is not below the best ask. */
export function assertUncrossed({ bids, asks }: Record<Side, readonly LevelText[]>): void {
  const [bid, ask] = [bids[0], asks[0]];
  if (bid && ask && Number(bid.price) >= Number(ask.price))
    throw new Error(`${bid.price} meets ${ask.price}`);
}
