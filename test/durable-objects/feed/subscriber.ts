import { exports } from "cloudflare:workers";
import { expect } from "vitest";
import { bookChecksum } from "../../../protocol/feed/book-checksum.ts";
import { PartJoiner } from "../../../protocol/feed/message-parts.ts";
import {
  errorMessage,
  type LevelView,
  type SnapshotMessage,
  snapshotMessage,
  type UpdateMessage,
  updateMessage,
} from "../../../protocol/market-data.ts";
import { MESSAGE_LENGTH_MAX } from "./feed-client.ts";

/** A client of the stream that keeps its own book and checks every message it receives. */
export class Subscriber {
  readonly socket: WebSocket;
  readonly updates: UpdateMessage[] = [];
  readonly others: string[] = [];
  readonly closed: Promise<CloseEvent>;
  snapshot: SnapshotMessage | undefined;
  seq = -1;
  fault: unknown;
  readonly #sides = { bids: new Map<string, LevelView>(), asks: new Map<string, LevelView>() };
  readonly #parts = new PartJoiner<SnapshotMessage | UpdateMessage>();
  #wake: () => void = () => {};

  constructor(socket: WebSocket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.addEventListener("close", resolve));
    socket.addEventListener("message", ({ data }) => {
      try {
        this.#take(String(data));
      } catch (error) {
        this.fault ??= error;
      }
      this.#wake();
    });
    socket.accept();
  }

  /** Waits until a condition holds, and checks it at each message. */
  async until(condition: (subscriber: this) => boolean): Promise<void> {
    while (!condition(this)) {
      if (this.fault !== undefined) throw this.fault;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.fault !== undefined) throw this.fault;
  }

  /** The client's book, best levels first, in the form of `GET /public/orderbook`. */
  book(): { bids: LevelView[]; asks: LevelView[] } {
    const { bids, asks } = this.#sides;
    const byPrice = (a: LevelView, b: LevelView) => Number(a.price) - Number(b.price);
    return { bids: [...bids.values()].sort(byPrice).reverse(), asks: [...asks.values()].sort(byPrice) };
  }

  #take(text: string): void {
    if (text === "pong") {
      this.others.push(text);
      return;
    }
    expect(text.length).toBeLessThan(MESSAGE_LENGTH_MAX);
    const { type } = JSON.parse(text);
    if (type === "snapshot") this.#join(snapshotMessage.parse(JSON.parse(text)), text);
    else if (type === "update") this.#join(updateMessage.parse(JSON.parse(text)), text);
    else this.others.push(errorMessage.parse(JSON.parse(text)).code);
  }

  #join(part: SnapshotMessage | UpdateMessage, text: string): void {
    const joined = this.#parts.take(part, text);
    expect(joined, "parts come one right after the other").not.toBe("lost");
    if (typeof joined === "string") return;
    if (joined.message.type === "snapshot") this.#start(joined.message);
    else this.#follow(joined.message);
  }

  #start(snapshot: SnapshotMessage): void {
    expect(this.snapshot, "one snapshot, and first").toBeUndefined();
    this.snapshot = snapshot;
    this.seq = snapshot.seq;
    this.#apply(snapshot);
  }

  #follow(update: UpdateMessage): void {
    expect(this.snapshot, "the snapshot comes first").toBeDefined();
    expect(update.prev_seq, "updates chain").toBe(this.seq);
    expect(update.seq).toBeGreaterThan(update.prev_seq);
    this.seq = update.seq;
    this.updates.push(update);
    this.#apply(update);
  }

  #apply(levels: Pick<UpdateMessage, "bids" | "asks" | "checksum">): void {
    for (const side of ["bids", "asks"] as const) {
      for (const level of levels[side]) {
        if (Number(level.quantity) === 0) this.#sides[side].delete(level.price);
        else this.#sides[side].set(level.price, level);
      }
    }
    const { bids, asks } = this.book();
    expect(bookChecksum(bids, asks), "the book has the venue's checksum").toBe(levels.checksum);
  }
}

/** Subscribes through the worker, and waits for the snapshot. */
export async function subscribe(query = ""): Promise<Subscriber> {
  const headers = { upgrade: "websocket" };
  const response = await exports.default.fetch(`http://venue.test/stream${query}`, { headers });
  expect(response.status).toBe(101);
  if (response.webSocket === null) throw new Error("the answer has no socket");
  const subscriber = new Subscriber(response.webSocket);
  await subscriber.until(({ snapshot }) => snapshot !== undefined);
  return subscriber;
}
