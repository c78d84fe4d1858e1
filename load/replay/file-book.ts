import type { Side } from "./lobster-file.ts";

/** An order at the venue that represents an order of the file, or a part of one. */
export interface Part {
  readonly order: FileOrder;
  /** The quantity that should rest, by the file. */
  lots: number;
  /** The quantity that rests, by the venue. */
  venueLots: number;
  /** The venue's id, once the order is placed. */
  orderId: string;
}

/** An order of the file. */
export interface FileOrder {
  /** The exchange's number; undefined for quantity of a book row that the file never names. */
  readonly number: number | undefined;
  readonly side: Side;
  readonly price: number;
  /** False for an order that only a book row shows, such as one on the book before the file began. */
  readonly isIntroduced: boolean;
  parts: Part[];
}

/** A quantity that a trade took from a part. */
export interface Hit {
  readonly part: Part;
  readonly lots: number;
}

/**
 * The book that the file's messages make: plain queues, first come, first served. It predicts what the venue
 * should do. A difference between it and the venue is therefore a bug, and a difference between both and the
 * exchange is in the data.
 */
export class FileBook {
  readonly #orders = new Map<number, FileOrder>();
  readonly #levels = { buy: new Map<number, FileOrder[]>(), sell: new Map<number, FileOrder[]>() };

  find(number: number): FileOrder | undefined {
    return this.#orders.get(number);
  }

  /** Adds an order, in parts of the given sizes, at the back of its level. */
  add(order: Omit<FileOrder, "parts">, sizes: readonly number[]): FileOrder {
    const added: FileOrder = { ...order, parts: [] };
    added.parts = sizes.map((lots) => ({ order: added, lots, venueLots: 0, orderId: "" }));
    if (order.number !== undefined) this.#orders.set(order.number, added);
    const level = this.#levels[order.side].get(order.price);
    if (level === undefined) this.#levels[order.side].set(order.price, [added]);
    else level.push(added);
    return added;
  }

  /** The parts at a price, in priority order. */
  parts(side: Side, price: number): Part[] {
    return this.#levels[side].get(price)?.flatMap(({ parts }) => parts) ?? [];
  }

  lotsAt(side: Side, price: number): number {
    return this.parts(side, price).reduce((sum, { lots }) => sum + lots, 0);
  }

  /** The remaining quantity of an order; 0 if there is no such order. */
  lotsOf(number: number): number {
    return this.find(number)?.parts.reduce((sum, { lots }) => sum + lots, 0) ?? 0;
  }

  /** The prices of a side, best first. */
  prices(side: Side): number[] {
    return [...this.#levels[side].keys()].sort((a, b) => (side === "buy" ? b - a : a - b));
  }

  /** The predicted hits of a taker on a side, down to a price. */
  predictHits(side: Side, limit: number, lots: number): Hit[] {
    const hits: Hit[] = [];
    let remaining = lots;
    for (const price of this.prices(side)) {
      if (side === "buy" ? price < limit : price > limit) break;
      for (const part of this.parts(side, price)) {
        if (remaining === 0) return hits;
        const taken = Math.min(remaining, part.lots);
        remaining -= taken;
        hits.push({ part, lots: taken });
      }
    }
    return hits;
  }

  /** Removes the used-up parts at a price, and orders without parts. */
  prune(side: Side, price: number): void {
    const level = this.#levels[side].get(price) ?? [];
    for (const order of level) {
      order.parts = order.parts.filter(({ lots }) => lots > 0);
      if (order.parts.length === 0 && order.number !== undefined) this.#orders.delete(order.number);
    }
    const left = level.filter(({ parts }) => parts.length > 0);
    if (left.length === 0) this.#levels[side].delete(price);
    else this.#levels[side].set(price, left);
  }
}

/** Takes lots from an order: executions from its front, cancels from its back. Returns the missing lots. */
export function takeLots(order: FileOrder, lots: number, from: "front" | "back"): number {
  let missing = lots;
  for (const part of from === "front" ? order.parts : order.parts.toReversed()) {
    const taken = Math.min(missing, part.lots);
    part.lots -= taken;
    missing -= taken;
  }
  return missing;
}
