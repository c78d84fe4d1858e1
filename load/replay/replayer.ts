import type { StreamBook } from "../stream/stream-book.ts";
import { FileBook, type FileOrder, type Hit, takeLots } from "./file-book.ts";
import type { Message, Side } from "./lobster-file.ts";
import { type OrderPlan, splitOrder } from "./order-plan.ts";
import type { Reason, Report } from "./report.ts";
import type { SeedOrder } from "./seed.ts";
import type { Units } from "./units.ts";
import type { VenueOrders } from "./venue-orders.ts";

/** The parts of a replay. */
export interface ReplayParts {
  readonly orders: VenueOrders;
  /** The venue's own book, from its stream. */
  readonly stream: StreamBook;
  readonly units: Units;
  readonly plan: OrderPlan;
  readonly report: Report;
}

/** Converts messages into calls of the venue's API and checks the answers. */
export class Replayer {
  /** The book that the messages make and, where they name nothing, the rows. */
  readonly book = new FileBook();
  readonly #orders: VenueOrders;
  readonly #stream: StreamBook;
  readonly #units: Units;
  readonly #plan: OrderPlan;
  readonly #report: Report;

  constructor({ orders, stream, units, plan, report }: ReplayParts) {
    this.#orders = orders;
    this.#stream = stream;
    this.#units = units;
    this.#plan = plan;
    this.#report = report;
  }

  /** Places the orders that are on the book before the first message. */
  async seed(orders: readonly SeedOrder[]): Promise<void> {
    for (const { number, side, price, lots } of orders) {
      const partialCancels = number === undefined ? [] : this.#plan.partialCancels.get(number);
      await this.#rest(0, { number, side, price, isIntroduced: false }, splitOrder(lots, partialCancels));
    }
    await this.#check(0, pricesOf(orders));
  }

  /** Carries out one message, and waits until the venue's book shows it. */
  async apply(message: Message): Promise<void> {
    this.#orders.line = message.line;
    this.#report.countMessage(message.type);
    switch (message.type) {
      case "new":
        return this.#introduce(message);
      case "partial_cancel":
      case "delete":
        return this.#cancel(message);
      case "execution":
        return this.#execute(message);
      // These messages do not concern the visible book.
      case "hidden_execution":
      case "auction_trade":
      case "halt":
        return;
    }
  }

  /**
   * Replaces the orders of a level with these: what the messages do not name.
   * @param partialCancels sizes of future partial cancels, by the order's number.
   */
  async become(
    line: number,
    level: Level,
    orders: readonly SeedOrder[],
    partialCancels: ReadonlyMap<number, readonly number[]> = new Map(),
  ): Promise<void> {
    this.#orders.line = line;
    const { side, price } = level;
    const parts = this.book.parts(side, price);
    const introduced = new Set(
      parts.filter(({ order }) => order.isIntroduced).map(({ order }) => order.number),
    );
    for (const part of parts) part.lots = 0;
    await this.#check(line, [level]);
    for (const { number, lots } of orders) {
      const sizes = splitOrder(lots, number === undefined ? [] : partialCancels.get(number));
      await this.#rest(line, { number, side, price, isIntroduced: introduced.has(number) }, sizes);
    }
    await this.#check(line, [level]);
  }

  async #introduce(message: Message): Promise<void> {
    const { line, number, side, price, lots } = message;
    if (this.book.find(number) !== undefined) {
      this.#report.explained(line, "new orders", `order ${number}`, "introduced_twice");
      return;
    }
    const sizes = splitOrder(lots, this.#plan.partialCancels.get(number));
    await this.#rest(line, { number, side, price, isIntroduced: true }, sizes);
    await this.#check(line, [message]);
  }

  async #rest(line: number, order: Omit<FileOrder, "parts">, sizes: readonly number[]): Promise<void> {
    const opposite = order.side === "buy" ? "sell" : "buy";
    const added = this.book.add(order, sizes);
    for (const part of added.parts) {
      const predicted = this.book.predictHits(opposite, order.price, part.lots);
      const hits = await this.#orders.rest(part);
      if (!areSame(hits, predicted)) this.#faultyHits(line, hits, predicted);
      if (hits.length === 0) continue;
      // The exchange let both orders rest and the venue does not. From here on the replay follows the venue.
      const subject = `order ${order.number} at ${order.price} trades at once`;
      this.#report.explained(line, "new orders", subject, "new_order_crossed");
      for (const hit of hits) hit.part.lots -= hit.lots;
      part.lots = part.venueLots;
      await this.#check(line, pricesOf(hits.map((hit) => hit.part.order)));
    }
  }

  async #cancel(message: Message): Promise<void> {
    const { line, type, number, lots } = message;
    const order = this.book.find(number);
    if (order === undefined) {
      this.#report.explained(line, `${type}s not sent`, `${type} of ${number}`, "never_introduced");
      return;
    }
    if (takeLots(order, lots, "back") > 0) {
      this.#report.explained(line, `${type}s`, `${type} of ${number}`, "more_than_left");
    }
    await this.#check(line, [order]);
  }

  async #execute(message: Message): Promise<void> {
    const { line, number, price, lots } = message;
    const report = this.#report;
    const order = this.book.find(number);
    if (order === undefined) {
      report.executions.notSent++;
      report.explained(line, "executions not sent", `execution of ${number}`, "never_introduced");
      return;
    }
    const predicted = this.book.predictHits(order.side, price, lots);
    const hits = await this.#orders.take(order.side, price, lots);
    if (!areSame(hits, predicted)) this.#faultyHits(line, hits, predicted);
    const isExact = hits.every(({ part }) => part.order === order) && sum(hits) === lots;
    report.executions[order.isIntroduced ? "introduced" : "seeded"][isExact ? "exact" : "notExact"]++;
    if (!isExact) {
      const subject = `execution of ${lots} of ${number} at ${price} hit ${describe(hits)}`;
      report.explained(line, "executions", subject, reasonOf(message, order, hits));
    }
    takeLots(order, lots, "front");
    await this.#check(line, [order, ...pricesOf(hits.map((hit) => hit.part.order))]);
  }

  /** Repairs the touched levels, waits for the stream, and compares its quantities with the file's. */
  async #check(line: number, touched: readonly Level[]): Promise<void> {
    for (const { side, price } of touched) {
      await this.#orders.repair(this.book, side, price);
      this.book.prune(side, price);
    }
    await this.#stream.reach(this.#orders.sequence);
    for (const { side, price } of touched) {
      const shown = this.#stream.quantityAt(side, this.#units.priceText(price));
      const venueLots = shown === undefined ? 0 : this.#units.lots(shown);
      const lots = this.book.lotsAt(side, price);
      if (venueLots !== lots) {
        this.#report.fault(line, `the stream has ${venueLots} at ${side} ${price}, and the messages ${lots}`);
      }
    }
  }

  #faultyHits(line: number, hits: readonly Hit[], predicted: readonly Hit[]): void {
    this.#report.fault(line, `hit ${describe(hits)}, and first come first served is ${describe(predicted)}`);
  }
}

interface Level {
  readonly side: Side;
  readonly price: number;
}

/** The levels of orders, each once. */
function pricesOf(orders: readonly Level[]): Level[] {
  const levels = new Map(orders.map(({ side, price }) => [`${side} ${price}`, { side, price }]));
  return [...levels.values()];
}

function areSame(hits: readonly Hit[], predicted: readonly Hit[]): boolean {
  return (
    hits.length === predicted.length &&
    hits.every((hit, index) => hit.part === predicted[index]?.part && hit.lots === predicted[index]?.lots)
  );
}

function sum(hits: readonly Hit[]): number {
  return hits.reduce((total, { lots }) => total + lots, 0);
}

function describe(hits: readonly Hit[]): string {
  if (hits.length === 0) return "nothing";
  const name = ({ part: { order } }: Hit) => order.number ?? "a seeded order";
  return hits.map((hit) => `${hit.lots} of ${name(hit)} at ${hit.part.order.price}`).join(", ");
}

/** The reason why an execution of an order hit other orders. The first of them decides. */
function reasonOf(message: Message, order: FileOrder, hits: readonly Hit[]): Reason {
  if (message.price !== order.price) return "other_price";
  const others = hits.flatMap(({ part }) => (part.order === order ? [] : [part.order]));
  const [front] = others;
  if (front === undefined || hits[0]?.part.order === order) return "more_than_left";
  if (front.price !== order.price) return "better_price";
  if (front.number === undefined) return "behind_seeded";
  return others.every(({ number }) => message.number < (number ?? 0)) ? "numbered_earlier" : "passed_over";
}
