import type { Command, PlaceLimitCommand, PlaceMarketCommand } from "../../engine/vocabulary/command.ts";
import { REJECT_REASONS } from "../../engine/vocabulary/reject-reason.ts";
import { BUY, opposite, SELL } from "../../engine/vocabulary/units.ts";
import { FEATURES, featuresOf, featuresOfGroup } from "./sometimes-features.ts";
import type { GroupOutcome, Outcome, TestBook } from "./test-book.ts";

/** The rare events that a run of random commands must contain before its success means anything. */
const SOMETIMES = [
  ...REJECT_REASONS.map((reason) => `rejected: ${reason}` as const),
  ...FEATURES,
  "full by orders",
  "full by lots",
  "maker partly filled",
  "maker filled by the exact quantity",
  "taker partly filled, then rested",
  "sweep of three levels or more",
  "sweep of ten levels or more",
  "level emptied by a trade",
  "level emptied by a cancel",
  "side emptied by a trade",
  "side emptied by a cancel",
  "market order filled",
  "market order partly filled",
  "market order with no liquidity",
  "cancel at the front of a queue",
  "cancel inside a queue",
  "cancel at the back of a queue",
  "cancel of a partly filled order",
  "cancel of a filled order",
  "cancel of a cancelled order",
  "cancel of an order that never was",
  "level opened at the best price",
  "level opened between others",
  "level opened as the worst",
  "hundred levels or more on a side",
  "order at the highest price",
  "order at the lowest price",
  "order of the largest quantity",
] as const;
export type Sometime = (typeof SOMETIMES)[number];

/** The state of a book before a command, as far as `Sometimes` needs it. */
interface Before {
  readonly levelCounts: readonly [number, number];
  /** The place of the order to be cancelled in its queue, and the length of the queue. */
  readonly queuePlace: readonly [place: number, length: number] | undefined;
  readonly isPartlyFilled: boolean;
  readonly restingCount: number;
  /** The waiting trailing stops. */
  readonly trailing: readonly number[];
  /** The stops that a trade had reached. */
  readonly reached: readonly number[];
}

/** Counts how often each of `SOMETIMES` happened. */
export class Sometimes {
  readonly counts = new Map<Sometime, number>(SOMETIMES.map((name) => [name, 0]));

  /** Those that never happened. */
  get missing(): Sometime[] {
    return SOMETIMES.filter((name) => this.counts.get(name) === 0);
  }

  add(other: Sometimes): void {
    for (const [name, count] of other.counts) this.counts.set(name, (this.counts.get(name) ?? 0) + count);
  }

  /** Inspects a book before a command. Pass the result to `after`. */
  before(book: TestBook, command: Command): Before {
    let queuePlace: Before["queuePlace"];
    let isPartlyFilled = false;
    if (command.kind === "cancel") {
      for (const orders of [book.restingOrders(BUY), book.restingOrders(SELL)]) {
        const target = orders.find((order) => order.orderNumber === command.orderNumber);
        if (target === undefined) continue;
        const queue = orders.filter((order) => order.priceTicks === target.priceTicks);
        queuePlace = [queue.indexOf(target), queue.length];
        isPartlyFilled = target.remainingLots < target.quantityLots;
      }
    }
    const levelCounts = [book.levels(BUY).length, book.levels(SELL).length] as const;
    const waiting = book.openOrders().filter((order) => order.isWaiting);
    const trailing = waiting.filter(({ terms }) => terms?.stopPriceTicks === undefined);
    return {
      levelCounts,
      queuePlace,
      isPartlyFilled,
      restingCount: book.restingCount,
      trailing: trailing.map(({ orderNumber }) => orderNumber),
      reached: waiting.filter(({ isReached }) => isReached).map(({ orderNumber }) => orderNumber),
    };
  }

  /**
   * Counts the effects of a command on a book.
   *
   * @param closedAs how the order of a rejected cancel had ended; absent if it never existed.
   */
  after(
    before: Before,
    book: TestBook,
    command: Command,
    outcome: Outcome,
    closedAs: string | undefined,
  ): void {
    if (outcome.reject !== undefined) this.#countReject(before, book, outcome.reject, closedAs);
    else if (command.kind === "cancel") this.#countCancel(before, book);
    else if (command.kind === "place_limit" || command.kind === "place_market")
      this.#countPlaced(before, book, command, outcome);
    for (const feature of featuresOf(command, outcome.events)) this.#happened(feature);
    const trailing = new Set(before.trailing);
    const isTrailing = outcome.events.some(
      (event) => event.kind === "triggered" && trailing.has(event.orderNumber),
    );
    this.#happened("trailing stop triggered", isTrailing);
    const isLeft = book.counters.status === "halted" && book.openOrders().some((order) => order.isReached);
    this.#happened("halt that left stops reached", isLeft);
    const isMoved =
      command.kind === "amend" &&
      before.reached.includes(command.orderNumber) &&
      book.openOrders().some((order) => order.orderNumber === command.orderNumber && !order.isReached);
    this.#happened("reached stop moved away", isMoved);
  }

  /** Counts the outcome of a group. */
  group(outcome: GroupOutcome): void {
    for (const feature of featuresOfGroup(outcome)) this.#happened(feature);
  }

  #happened(name: Sometime, isSo = true): void {
    if (isSo) this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }

  #countReject(
    before: Before,
    book: TestBook,
    reject: NonNullable<Outcome["reject"]>,
    closedAs?: string,
  ): void {
    this.#happened(`rejected: ${reject}`);
    if (reject === "book_full") {
      const isByOrders = before.restingCount >= book.rules.maximumRestingOrders;
      this.#happened(isByOrders ? "full by orders" : "full by lots");
    }
    if (reject === "order_not_resting") {
      this.#happened("cancel of a filled order", closedAs === "filled");
      this.#happened("cancel of a cancelled order", closedAs === "cancelled");
      this.#happened("cancel of an order that never was", closedAs === undefined);
    }
  }

  #countCancel(before: Before, book: TestBook): void {
    const [place, length] = before.queuePlace ?? [0, 0];
    this.#happened("cancel at the front of a queue", place === 0 && length > 1);
    this.#happened("cancel inside a queue", place > 0 && place < length - 1);
    this.#happened("cancel at the back of a queue", place > 0 && place === length - 1);
    this.#happened("cancel of a partly filled order", before.isPartlyFilled);
    this.#happened("level emptied by a cancel", length === 1);
    for (const side of [BUY, SELL] as const)
      this.#happened(
        "side emptied by a cancel",
        before.levelCounts[side] > 0 && book.levels(side).length === 0,
      );
  }

  #countPlaced(
    before: Before,
    book: TestBook,
    command: PlaceLimitCommand | PlaceMarketCommand,
    { events }: Outcome,
  ): void {
    const side = command.side;
    const trades = events.filter((event) => event.kind === "traded");
    const last = events.at(-1);
    const swept = new Set(trades.map((trade) => trade.priceTicks)).size;
    this.#happened("sweep of three levels or more", swept >= 3);
    this.#happened("sweep of ten levels or more", swept >= 10);
    const lastTrade = trades.at(-1);
    this.#happened("maker partly filled", (lastTrade?.makerRemainingLots ?? 0) > 0);
    const isExact = lastTrade?.makerRemainingLots === 0 && lastTrade.takerRemainingLots === 0;
    this.#happened("maker filled by the exact quantity", isExact);
    this.#happened("taker partly filled, then rested", trades.length > 0 && last?.kind === "rested");
    const makerSide = opposite(side);
    const makerLevels = book.levels(makerSide).length;
    this.#happened("level emptied by a trade", makerLevels < before.levelCounts[makerSide]);
    this.#happened("side emptied by a trade", trades.length > 0 && makerLevels === 0);
    if (command.kind === "place_market") {
      this.#happened("market order filled", last?.kind === "traded");
      this.#happened("market order partly filled", last?.kind === "cancelled" && trades.length > 0);
      this.#happened("market order with no liquidity", trades.length === 0);
      return;
    }
    const levels = book.levels(side);
    if (levels.length > before.levelCounts[side]) {
      const at = levels.findIndex((level) => level.priceTicks === command.priceTicks);
      this.#happened("level opened at the best price", at === 0 && levels.length > 1);
      this.#happened("level opened between others", at > 0 && at < levels.length - 1);
      this.#happened("level opened as the worst", at > 0 && at === levels.length - 1);
    }
    this.#happened("hundred levels or more on a side", levels.length >= 100);
    this.#happened("order at the highest price", command.priceTicks === book.rules.maximumPriceTicks);
    this.#happened("order at the lowest price", command.priceTicks === book.rules.minimumPriceTicks);
    this.#happened("order of the largest quantity", command.quantityLots === book.rules.maximumQuantityLots);
  }
}
