import { fillingKeys, mirrorKeys } from "../../durable-objects/outbox/redis/mirror-keys.ts";
import {
  FILL_SCRIPT,
  READ_BOOK_SCRIPT,
  READ_TRADES_SCRIPT,
  UPDATE_SCRIPT,
} from "../../durable-objects/outbox/redis/mirror-scripts.ts";
import { head, type Market, price, row, rows, TRADES_MAX, timeMs, VENUE, writer } from "./mirror-market.ts";

export const FILLING_MS_MAX = 60_000;

/** The content of a refill's chunk, and its writer. */
interface Part extends Partial<Market> {
  readonly venue?: typeof VENUE;
}

/** The answers of the reading scripts for a market. */
export function answersOf(market: Market) {
  const side = (levels: ReadonlyMap<number, string>, sign: number) =>
    [...levels].sort(([a], [b]) => sign * (a - b)).flatMap(([ticks, entry]) => [price(ticks), entry]);
  return {
    book: [...head(market), VENUE.own, side(market.bids, -1), side(market.asks, 1)],
    trades: [...head(market), VENUE.own, market.trades.toReversed()],
  };
}

/** The used part of a connection to Redis. */
interface Connection {
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  evalRo(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
}

/** Calls the mirror's scripts for one instrument, as the venue does. */
export function mirrorCalls(redis: Connection, instrument: string) {
  const keys = mirrorKeys(instrument);
  const filling = fillingKeys(instrument);
  const run = (script: string, names: string[], args: string[]) =>
    redis.eval(script, { keys: names, arguments: args });

  function update(from: Market, to: Market, venue = VENUE): Promise<unknown> {
    const touched = (side: "bids" | "asks") => [...new Set([...from[side].keys(), ...to[side].keys()])];
    const [bids, asks] = [touched("bids"), touched("asks")];
    const trades = to.trades.filter((each) => !from.trades.includes(each));
    return run(UPDATE_SCRIPT, keys, [
      ...writer(to, venue),
      ...[from.sequence, timeMs(from), TRADES_MAX, bids.length, asks.length, trades.length].map(String),
      ...bids.flatMap((ticks) => row(ticks, to.bids.get(ticks))),
      ...asks.flatMap((ticks) => row(ticks, to.asks.get(ticks))),
      ...trades,
    ]);
  }

  /** One chunk of a refill with some of the levels. The first and the last chunk are marked. */
  function chunk(market: Market, token: string, part: Part, ...which: ("first" | "last")[]) {
    const { bids = new Map(), asks = new Map(), trades = [] } = part;
    return run(
      FILL_SCRIPT,
      [...keys, ...filling],
      [
        ...writer(market, part.venue),
        token,
        which.includes("first") ? "1" : "0",
        which.includes("last") ? "1" : "0",
        ...[FILLING_MS_MAX, market.bids.size, market.asks.size, market.trades.length].map(String),
        ...[bids.size, asks.size, trades.length].map(String),
        ...rows(bids),
        ...rows(asks),
        ...trades,
      ],
    );
  }

  const fill = (market: Market, venue = VENUE) =>
    chunk(market, "whole", { ...market, venue }, "first", "last");

  const read = async () => ({
    book: (await redis.evalRo(READ_BOOK_SCRIPT, { keys, arguments: ["100"] })) as unknown[],
    trades: await redis.evalRo(READ_TRADES_SCRIPT, { keys, arguments: ["100"] }),
  });

  return { keys, filling, update, chunk, fill, read };
}
