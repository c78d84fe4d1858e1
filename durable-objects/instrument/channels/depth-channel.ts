import type { Level } from "../../../engine/book/order-book.ts";
import { BUY, SELL, type Side } from "../../../engine/vocabulary/units.ts";
import type { Channel } from "../../../protocol/feed/feed-channel.ts";
import { messageTexts } from "../../../protocol/feed/message-parts.ts";
import type { LevelView } from "../../../protocol/market-data.ts";
import { levelView } from "../../records/book-view.ts";
import { envelope, type InstrumentChannel } from "./channel.ts";
import type { FeedSource, FlushStep, Levels } from "./source.ts";

type Sides = readonly [buy: readonly Level[], sell: readonly Level[]];

/** The best levels of each side: a message whenever one of them changed, appeared or disappeared. */
export class DepthChannel implements InstrumentChannel {
  readonly outlivesMemory = false;
  readonly #source: FeedSource;
  readonly #channel: Channel;
  readonly #depth: number;
  /** The last published levels, and the position of the book at that time. */
  #told: Sides;
  #seq: number;
  #isDue = false;

  constructor(source: FeedSource, channel: Channel, depth: number) {
    this.#source = source;
    this.#channel = channel;
    this.#depth = depth;
    this.#told = this.#best();
    this.#seq = source.book.sequence;
  }

  begin(): string[] {
    const [bids, asks] = [this.#views(this.#told[BUY]), this.#views(this.#told[SELL])];
    return this.#message(this.#seq, null, { bids, asks });
  }

  note({ touched }: FlushStep): void {
    this.#isDue ||= this.#isWithin(BUY, touched[BUY]) || this.#isWithin(SELL, touched[SELL]);
  }

  next(): string[] {
    if (!this.#isDue) return [];
    this.#isDue = false;
    const now = this.#best();
    const changes = [BUY, SELL].map((side) => this.#views(changedLevels(this.#told[side], now[side], side)));
    const [bids = [], asks = []] = changes;
    if (bids.length + asks.length === 0) return [];
    const { sequence } = this.#source.book;
    const texts = this.#message(sequence, this.#seq, { bids, asks });
    this.#told = now;
    this.#seq = sequence;
    return texts;
  }

  #best(): Sides {
    const book = this.#source.book;
    return [[...book.levels(BUY, this.#depth)], [...book.levels(SELL, this.#depth)]];
  }

  /** Whether one of the prices is, or would be, among the published levels. */
  #isWithin(side: Side, prices: ReadonlySet<number>): boolean {
    const told = this.#told[side];
    const worst = told.length < this.#depth ? undefined : told.at(-1)?.priceTicks;
    if (worst === undefined) return prices.size > 0;
    for (const price of prices) if (side === BUY ? price >= worst : price <= worst) return true;
    return false;
  }

  #views(levels: readonly Level[]): LevelView[] {
    return levels.map((level) => levelView(this.#source.spec, level));
  }

  #message(seq: number, prevSeq: number | null, levels: Levels): string[] {
    const { checksum } = this.#source;
    return messageTexts({ ...envelope(this.#source, this.#channel, seq, prevSeq), checksum }, levels);
  }
}

/** The levels that changed, best first. Levels that are no longer published have quantity zero. */
function changedLevels(before: readonly Level[], after: readonly Level[], side: Side): Level[] {
  const changed: Level[] = [];
  for (let [old, now] = [0, 0]; old < before.length || now < after.length; ) {
    const [was, is] = [before[old], after[now]];
    const isGone = was !== undefined && (is === undefined || isBetter(side, was.priceTicks, is.priceTicks));
    if (isGone) {
      changed.push({ priceTicks: was.priceTicks, totalLots: 0, orderCount: 0 });
      old++;
    } else if (is !== undefined) {
      const isSame = was?.priceTicks === is.priceTicks;
      if (!isSame || was.totalLots !== is.totalLots || was.orderCount !== is.orderCount) changed.push(is);
      now++;
      if (isSame) old++;
    }
  }
  return changed;
}

function isBetter(side: Side, price: number, other: number): boolean {
  return side === BUY ? price > other : price < other;
}
