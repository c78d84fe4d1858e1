import { runInDurableObject } from "cloudflare:test";
import { expect } from "vitest";
import type { ExecutionsState, TradesState } from "../../../client/list-states.ts";
import { ticker as tickerSchema } from "../../../protocol/analytics.ts";
import type { Channel } from "../../../protocol/feed/feed-channel.ts";
import type { ExecutionReport, QueuedOrder } from "../../../protocol/feed/feed-message.ts";
import { type TradeView, tradeList } from "../../../protocol/market-data.ts";
import { orderList } from "../../../protocol/order-entry.ts";
import { book, get, read } from "../../worker/client.ts";
import { object } from "../flow.ts";
import type { TermsFlow } from "../terms-flow.ts";
import { eventually, FeedClient, type Spoiling } from "./feed-client.ts";

export const INSTRUMENT = "RULES-USD";
const CLIENT = "client-1";
const CHANNELS = [
  "book",
  "book@100ms",
  "book.10",
  "book.25",
  "book.10@100ms",
  "orders",
  "trades",
  "status",
  "executions",
  "ticker",
  "ticker@100ms",
  "candles.1m",
] as const satisfies readonly Channel[];

/** Follows every channel, and keeps all trades and reports. */
export class Follower {
  readonly edge: FeedClient;
  readonly trades: TradeView[] = [];
  readonly reports: ExecutionReport[] = [];
  readonly isRelayed: boolean;
  readonly #subscriptions;

  /** @param isRelayed whether it follows a relay, which has no private data. */
  constructor(spoiling?: Spoiling, isRelayed = false) {
    this.isRelayed = isRelayed;
    const options = isRelayed
      ? { instrument: `${INSTRUMENT},ETH-USD` }
      : { instrument: INSTRUMENT, clientId: CLIENT };
    this.edge = new FeedClient(options, spoiling);
    const { client } = this.edge;
    this.#subscriptions = this.channels.map((channel) =>
      client.subscribe(channel, (state) => {
        if (channel === "trades") collect(this.trades, (state as TradesState).trades, (t) => t.trade_id);
        if (channel === "executions")
          collect(this.reports, (state as ExecutionsState).reports, (r) => r.report);
      }),
    );
  }

  get channels(): Channel[] {
    return CHANNELS.filter((channel) => channel !== "executions" || !this.isRelayed);
  }

  get isReady(): boolean {
    return this.#subscriptions.every(({ seq }) => seq !== undefined);
  }

  of<C extends Channel>(channel: C) {
    const found = this.#subscriptions.find((each) => each.channel === channel);
    if (found === undefined) throw new Error(`${channel} is not followed`);
    return found as unknown as ReturnType<FeedClient["client"]["subscribe"]> & { state: never };
  }

  state<T>(channel: Channel): T {
    return this.of(channel).state as T;
  }

  get gaps(): number {
    return this.#subscriptions.reduce((sum, { gaps }) => sum + gaps, 0);
  }

  get faults(): number {
    return this.#subscriptions.reduce((sum, { faults }) => sum + faults, 0);
  }
}

/** Appends new items to a list, by number. */
function collect<T>(all: T[], list: readonly T[], numberOf: (each: T) => number): void {
  const last = all.at(-1);
  all.push(...list.filter((each) => last === undefined || numberOf(each) > numberOf(last)));
}

/** The resting orders from the object's own tables. */
function storedQueues(): Promise<{ bids: QueuedOrder[]; asks: QueuedOrder[] }> {
  return runInDurableObject(object(INSTRUMENT), (_, state) => {
    const rows = state.storage.sql.exec<{ order: number; side: number; price: string; quantity: string }>(
      `SELECT order_number AS "order", side, CAST(price_ticks AS TEXT) AS price,
         CAST(coalesce(extras->>'displayedLots', quantity_lots - filled_lots) AS TEXT) AS quantity
       FROM order_columns WHERE status IN ('open', 'partially_filled')
       ORDER BY CASE side WHEN 0 THEN -price_ticks ELSE price_ticks END, priority`,
    );
    const all = rows.toArray();
    const of = (side: number) =>
      all
        .filter((row) => row.side === side)
        .map(({ order, price, quantity }) => ({ order, price, quantity }));
    return { bids: of(0), asks: of(1) };
  });
}

/** Checks that a follower's state equals the venue's. */
async function expectSameNow(follower: Follower, label: string): Promise<void> {
  const { bids, asks, sequence } = await book(`?instrument=${INSTRUMENT}&levels=1000`);
  await eventually(() => (follower.of("book").seq ?? 0) >= sequence, `${label}: the book`);
  await eventually(() => (follower.of("orders").seq ?? 0) >= sequence, `${label}: the orders`);
  // Conflated channels are slightly later.
  await scheduler.wait(120);
  for (const [channel, depth] of [
    ["book", 1000],
    ["book@100ms", 1000],
    ["book.25", 25],
    ["book.10", 10],
    ["book.10@100ms", 10],
  ] as const) {
    const state = follower.state<{ bids: unknown; asks: unknown }>(channel);
    const expected = { bids: bids.slice(0, depth), asks: asks.slice(0, depth) };
    expect({ bids: state.bids, asks: state.asks }, `${label}: ${channel}`).toEqual(expected);
  }
  const ticker = read(await get(`/public/ticker?instrument=${INSTRUMENT}`), 200, tickerSchema);
  for (const channel of ["ticker", "ticker@100ms"] as const) {
    const { bid, ask, last, volume } = ticker;
    const { latest } = follower.state<{ latest: object }>(channel);
    expect(latest, `${label}: ${channel}`).toMatchObject({ bid, ask, last, volume });
  }
  const queues = follower.state<{ bids: unknown; asks: unknown }>("orders");
  expect({ bids: queues.bids, asks: queues.asks }, `${label}: orders`).toEqual(await storedQueues());
  const list = read(
    await get(`/public/trades?instrument=${INSTRUMENT}&limit=1000`),
    200,
    tradeList,
  ).trades.reverse();
  const known = new Map(follower.trades.map((trade) => [trade.trade_id, trade]));
  for (const trade of list)
    if (trade.trade_id >= (follower.trades[0]?.trade_id ?? 0))
      expect(known.get(trade.trade_id), label).toEqual(trade);
  if (follower.isRelayed) return;
  const open = read(
    await get(`/orders?instrument=${INSTRUMENT}&client_id=${CLIENT}&status=open&limit=1000`),
    200,
    orderList,
  ).orders;
  const { orders } = follower.state<{ orders: Map<string, unknown> }>("executions");
  const byId = (a: { order_id: string }, b: { order_id: string }) => (a.order_id < b.order_id ? -1 : 1);
  expect([...orders.values()].sort(byId as never), `${label}: executions`).toEqual(open.toSorted(byId));
}

/**
 * Continues to trade until a follower that missed the last message of a quiet channel detects it by the next
 * one.
 */
export async function settle(flow: TermsFlow, followers: readonly Follower[]): Promise<void> {
  const [first, ...others] = followers;
  for (let step = 0; step < 60; step++) {
    await flow.step();
    await scheduler.wait(150);
    const isLevel = (other: Follower) =>
      other.channels.every((name) => other.of(name).seq === first?.of(name).seq);
    if (others.every(isLevel)) return;
  }
  throw new Error("a follower did not catch up");
}

/** Compares again if the market moved meanwhile: halts end and orders expire by themselves. */
export async function expectSame(follower: Follower, label: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    const { sequence } = await book(`?instrument=${INSTRUMENT}`);
    try {
      return await expectSameNow(follower, label);
    } catch (error) {
      const now = await book(`?instrument=${INSTRUMENT}`);
      if (now.sequence === sequence || tries === 20) throw error;
    }
  }
}

/** Checks that no state was ever wrong, and that every trade and every report came once and in order. */
export function expectGapless(follower: Follower): void {
  expect(follower.faults, "no state was ever wrong").toBe(0);
  const numbers = [follower.trades.map(({ trade_id }) => trade_id)];
  if (!follower.isRelayed) {
    const { reports } = follower.state<ExecutionsState>("executions");
    numbers.push(
      follower.reports.map(({ report }) => report),
      reports.map(({ report }) => report),
    );
  }
  for (const each of numbers) expect(each).toEqual(Array.from(each, (_, index) => (each[0] ?? 0) + index));
}
