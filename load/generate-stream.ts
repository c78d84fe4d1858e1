import { BUY, opposite, SELL, type Side } from "../engine/vocabulary/units.ts";
import { Random } from "../test/support/random.ts";
import { CommandStream, type OrderKind } from "./command-stream.ts";
import type { Message } from "./stream-file.ts";

const CENTRE_TICKS = 20_000;
const MAXIMUM_LOTS = 1_000;

/** The movement of the middle of the market over a stream, with `at` from 0 to 1. */
export const PRICE_PATHS: Readonly<Record<string, (at: number) => number>> = {
  stay: () => CENTRE_TICKS,
  drift: (at) => CENTRE_TICKS * (1 + 0.1 * at),
  swing25: (at) => CENTRE_TICKS * (1 + 0.25 * Math.sin(at * 4 * Math.PI)),
  swing40: (at) => CENTRE_TICKS * (1 + 0.4 * Math.sin(at * 4 * Math.PI)),
  crash: (at) => CENTRE_TICKS * (1 - 0.7 * Math.min(1, Math.max(0, (at - 0.4) / 0.2))),
};

/** A random draw from resting orders. Orders that are filled meanwhile are dropped when they are drawn. */
class RestingDraw {
  readonly #stream: CommandStream;
  readonly #random: Random;
  readonly #numbers: number[] = [];

  constructor(stream: CommandStream, random: Random) {
    this.#stream = stream;
    this.#random = random;
  }

  add(orderNumber: number): void {
    if (this.#stream.isResting(orderNumber)) this.#numbers.push(orderNumber);
  }

  /** Removes the closer to the middle of two drawn orders; undefined if none rests. */
  drawNearer(middle: number): number | undefined {
    const first = this.draw();
    const second = this.draw();
    if (first === undefined || second === undefined) return first;
    const isFirst = this.#distance(first, middle) <= this.#distance(second, middle);
    this.#numbers.push(isFirst ? second : first);
    return isFirst ? first : second;
  }

  /** The distance of an order behind the middle; negative once the middle has passed it. */
  #distance(orderNumber: number, middle: number): number {
    const { book } = this.#stream;
    const slot = book.slotOf(orderNumber);
    const away = book.priceTicks(slot) - middle;
    return book.orders.side(slot) === BUY ? -away : away;
  }

  /** Removes a resting order, each with the same probability; undefined if there is none. */
  draw(): number | undefined {
    while (this.#numbers.length > 0) {
      const at = this.#random.below(this.#numbers.length);
      const orderNumber = this.#numbers[at] as number;
      const last = this.#numbers.pop() as number;
      if (at < this.#numbers.length) this.#numbers[at] = last;
      if (this.#stream.isResting(orderNumber)) return orderNumber;
    }
    return undefined;
  }
}

/**
 * A stream of 50 % new orders, 45 % cancels and 5 % modifies. Of the new orders, 1 % are market orders, 2 %
 * reach across the middle, and the others wait behind it: most within a hundred ticks, one in twenty up to
 * 2,000 away. Cancels and modifies prefer resting orders close to the market. Otherwise a moving market would
 * soon have taken all of them.
 *
 * @param note called with every message, with the order numbers as ids.
 */
export function generateStream(
  path: (at: number) => number,
  messageCount: number,
  seed: number,
  note?: (message: Message) => void,
  orders?: OrderKind,
): CommandStream {
  const random = new Random(seed);
  const stream = new CommandStream(orders);
  const resting = new RestingDraw(stream, random);
  for (let count = 0; count < messageCount; count++) {
    const middle = Math.round(path(count / messageCount));
    const kind = random.weighted({ new: 50, cancel: 45, modify: 5 });
    const target = kind === "new" ? undefined : resting.drawNearer(middle);
    const lots = random.between(1, MAXIMUM_LOTS);
    if (target === undefined) {
      const side = random.pick([BUY, SELL]);
      const price = random.chance(0.01) ? undefined : drawPrice(random, middle, side, 0.02);
      const id = stream.place(side, price, lots);
      note?.(
        price === undefined ? { kind: "market", id, side, lots } : { kind: "new", id, side, price, lots },
      );
      resting.add(id);
    } else if (kind === "cancel") {
      stream.cancel(target);
      note?.({ kind: "cancel", id: target });
    } else {
      const side = stream.book.orders.side(stream.book.slotOf(target));
      const price = drawPrice(random, middle, side, 0);
      stream.cancel(target);
      const id = stream.place(side, price, lots);
      note?.({ kind: "modify", id: target, newId: id, price, lots });
      resting.add(id);
    }
  }
  return stream;
}

/** A stream that first fills the book with orders and then keeps about this many there. */
export function generateSteadyStream(
  restingCount: number,
  commandCount: number,
  seed: number,
): CommandStream {
  const random = new Random(seed);
  const stream = new CommandStream();
  const resting = new RestingDraw(stream, random);
  const place = (crossing: number) => {
    const side = random.pick([BUY, SELL]);
    const price = drawPrice(random, CENTRE_TICKS, side, crossing);
    resting.add(stream.place(side, price, random.between(1, MAXIMUM_LOTS)));
  };
  while (stream.length < restingCount) place(0);
  for (let count = 0; count < commandCount; count++) {
    const isOver = stream.book.restingCount > restingCount;
    const target = isOver && !random.chance(0.1) ? resting.draw() : undefined;
    if (target !== undefined) stream.cancel(target);
    else place(isOver ? 1 : 0);
  }
  return stream;
}

/** A limit around the middle: across it with the given probability, otherwise behind it. */
function drawPrice(random: Random, middle: number, side: Side, crossing: number): number {
  const isCrossing = random.chance(crossing);
  const away = isCrossing ? random.below(6) : drawDistance(random);
  const towards = isCrossing ? opposite(side) : side;
  return Math.max(1, middle + (towards === BUY ? -away : away));
}

function drawDistance(random: Random): number {
  if (random.chance(0.05)) return random.between(1, 2_000);
  return 1 + Math.min(random.below(100), random.below(100));
}
