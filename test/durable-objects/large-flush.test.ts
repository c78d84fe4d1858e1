import { reset } from "cloudflare:test";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { BookState } from "../../client/book-state.ts";
import type { ExecutionsState } from "../../client/list-states.ts";
import type { OrdersState } from "../../client/orders-state.ts";
import { Everything } from "../../durable-objects/instrument/channels/everything.ts";
import type { FeedSource, FlushStep } from "../../durable-objects/instrument/channels/source.ts";
import { FILLS_MAX_DEFAULT } from "../../engine/vocabulary/unfinished.ts";
import { type Channel, channelSpec } from "../../protocol/feed/feed-channel.ts";
import { PartJoiner } from "../../protocol/feed/message-parts.ts";
import type { TradeView, UpdateMessage } from "../../protocol/market-data.ts";
import { book } from "../worker/client.ts";
import { eventually, FeedClient, HOST_CLOCK, MESSAGE_LENGTH_MAX } from "./feed/feed-client.ts";
import { subscribe } from "./feed/subscriber.ts";
import { line, selectOne, submitTogether } from "./flow.ts";

beforeEach(reset);

const ORDERS = 3_000;
/** The number of levels that change while all orders end. */
const PRICES = 7_500;

/** Follows channels, and keeps the numbers of all trades and reports. */
class Wide {
  readonly edge: FeedClient;
  readonly trades: number[] = [];
  readonly reports: number[] = [];
  readonly #followed;

  constructor(channels: readonly Channel[], options: { clientId?: string; instrument?: string }) {
    this.edge = new FeedClient(options);
    this.#followed = channels.map((channel) =>
      this.edge.client.subscribe(channel, (_, message) => {
        if (message.channel === "trades")
          for (const { trade_id } of message.trades) this.trades.push(trade_id);
        if ("reports" in message) for (const { report } of message.reports) this.reports.push(report);
      }),
    );
  }

  get isReady(): boolean {
    return this.#followed.every(({ seq }) => seq !== undefined);
  }

  seq(channel: Channel): number {
    return this.#of(channel).seq ?? 0;
  }

  state<T>(channel: Channel): T {
    return this.#of(channel).state as T;
  }

  /** Checks that nothing was missing, and that no state was ever wrong. */
  expectFaultless(): void {
    for (const { channel, gaps, faults } of this.#followed)
      expect({ channel, gaps, faults }).toEqual({ channel, gaps: 0, faults: 0 });
    this.edge.close();
  }

  #of(channel: Channel) {
    const found = this.#followed.find((each) => each.channel === channel);
    if (found === undefined) throw new Error(`${channel} is not followed`);
    return found;
  }
}

function count(to: number): number[] {
  return Array.from({ length: to }, (_, index) => index + 1);
}

async function placeMany(lines: readonly string[]): Promise<void> {
  for (let from = 0; from < lines.length; from += 1_000)
    await submitTogether(lines.slice(from, from + 1_000));
}

async function placeBook(): Promise<void> {
  const lines = Array.from({ length: 3 * ORDERS }, (_, index) =>
    line({ price: String(1 + (index % PRICES)) }),
  );
  await placeMany(lines);
}

/**
 * Each trades with as many orders as one may, in the largest possible flushes. Then all others end at once.
 */
const FLUSHES: readonly (readonly string[])[] = [
  Array.from({ length: ORDERS / FILLS_MAX_DEFAULT }, () =>
    line({ side: "sell", price: null, quantity: String(FILLS_MAX_DEFAULT) }),
  ),
  [JSON.stringify({ kind: "cancel_all", clientId: "client-A", side: null })],
];

async function untilOpen(orders: number): Promise<void> {
  const query = "SELECT count(*) AS count FROM orders WHERE open_priority IS NOT NULL";
  await vi.waitFor(async () => expect(await selectOne(query)).toEqual({ count: orders }), {
    timeout: 20_000,
  });
}

describe("the largest possible flushes", () => {
  test.each<Channel[]>([
    ["book"],
    ["book@100ms", "book.1000", "book.10@100ms"],
    ["orders"],
    ["trades", "ticker", "candles.1m", "status"],
  ])(
    "are published completely, in messages below 1 MB, by the instrument and by a relay: %s",
    async (...channels) => {
      await placeBook();
      const followers = [
        new Wide(channels, { clientId: "client-A" }),
        new Wide(channels, { instrument: "BTC-USD,ETH-USD" }),
      ];
      await eventually(() => followers.every(({ isReady }) => isReady));
      for (const [index, flush] of FLUSHES.entries()) {
        await submitTogether(flush);
        await untilOpen(index === 0 ? 2 * ORDERS : 0);
        for (const follower of followers)
          for (const channel of channels) await expectLevel(follower, channel);
      }
      for (const follower of followers) {
        if (channels.includes("trades")) {
          await eventually(() => follower.trades.length === ORDERS, "trades");
          expect(follower.trades).toEqual(count(ORDERS));
        }
        follower.expectFaultless();
      }
    },
  );

  test("are published completely, in messages below 1 MB: executions", async () => {
    await placeBook();
    const follower = new Wide(["executions"], { clientId: "client-A" });
    await eventually(() => follower.isReady);
    for (const [index, flush] of FLUSHES.entries()) {
      await submitTogether(flush);
      await eventually(() => follower.reports.length >= (index === 0 ? ORDERS : 3 * ORDERS), "reports");
    }
    expect(follower.reports).toEqual(count(3 * ORDERS));
    expect(follower.state<ExecutionsState>("executions").orders.size).toBe(0);
    follower.expectFaultless();
  });

  test("are published completely, in messages below 1 MB: the plain stream", async () => {
    await placeBook();
    const plain = await subscribe();
    expect(plain.book().bids).toHaveLength(PRICES);
    for (const [index, flush] of FLUSHES.entries()) {
      await submitTogether(flush);
      await untilOpen(index === 0 ? 2 * ORDERS : 0);
      const { sequence, bids, asks } = await book("?levels=1000");
      await plain.until(({ seq }) => seq === sequence);
      expect({ bids: plain.book().bids.slice(0, 1000), asks: plain.book().asks }).toEqual({ bids, asks });
    }
    const trades = plain.updates.flatMap((update) => update.trades.map(({ trade_id }) => trade_id));
    expect(trades).toEqual(count(ORDERS));
    expect(plain.updates.flatMap(({ orders }) => orders)).toHaveLength(
      3 * ORDERS + ORDERS / FILLS_MAX_DEFAULT,
    );
    plain.socket.close();
  });
});

/** Checks that a follower's state of a channel equals the venue's. */
async function expectLevel(follower: Wide, channel: Channel): Promise<void> {
  const { sequence, bids, asks } = await book("?levels=1000");
  const { kind, depth } = channelSpec(channel);
  if (kind !== "book" && kind !== "orders") return;
  await eventually(() => follower.seq(channel) === sequence, channel);
  const state = follower.state<BookState | OrdersState>(channel);
  const sides = [state.bids, state.asks] as const;
  const expected = [bids, asks].map((side) => side.slice(0, depth));
  if (kind === "book") expect(sides.map((side) => side.slice(0, 1000))).toEqual(expected);
  else {
    const numbers = new Set(state.bids.map((each) => ("order" in each ? each.order : 0)));
    const open = await selectOne("SELECT count(*) AS count FROM orders WHERE open_priority IS NOT NULL");
    expect([sides[0].length, numbers.size, sides[1].length]).toEqual([open.count, open.count, 0]);
  }
}

test("the plain stream publishes any number of trades", () => {
  const trade = { trade_id: 1, instrument: "BTC-USD", price: "1.00" } as TradeView;
  const trades = Array.from({ length: 200_000 }, () => trade);
  const source = {
    spec: { instrument: "BTC-USD" },
    journal: { epoch: () => 1 },
    checksum: 0,
    book: { sequence: 0, timeMs: 0, levelAt: () => undefined },
  };
  const making = { clock: HOST_CLOCK, onReady: () => {} };
  const everything = new Everything(source as unknown as FeedSource, making);
  everything.note({ flush: { trades, orders: [] }, touched: [new Set(), new Set()] } as unknown as FlushStep);
  source.book.sequence = 200_001;
  const texts = everything.next();
  const joiner = new PartJoiner<UpdateMessage>();
  const joined = texts.map((text) => {
    expect(text.length).toBeLessThan(MESSAGE_LENGTH_MAX);
    return joiner.take(JSON.parse(text), text);
  });
  expect(joined.slice(0, -1)).toEqual(Array.from({ length: texts.length - 1 }, () => "more"));
  expect(joined.at(-1)).toMatchObject({ message: { seq: 200_001, trades: { length: 200_000 } }, texts });
});
