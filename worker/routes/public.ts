import { Hono } from "hono";
import { readAnswer } from "../../durable-objects/calls/answer.ts";
import { publicOrderView } from "../../durable-objects/records/order-view.ts";
import type { Env } from "../../durable-objects/runtime/env.ts";
import { type InstrumentSpec, instrumentView } from "../../protocol/instrument-spec.ts";
import type { ServerTimeView, TradeListAnswer } from "../../protocol/market-data.ts";
import { bodyResponse } from "../http/problem-response.ts";
import { expectNoQuery, orderBookQuery, readQuery, statusQuery, tradesQuery } from "../http/query.ts";
import { answerResponse, call, venueOf } from "../http/venue.ts";
import { History } from "../reads/history.ts";
import { readMarket } from "../reads/market-read.ts";
import { cursorAfterTrades, type Page, pageResponse } from "../reads/next-page.ts";

/** Routes that anybody may read. */
export const publicRoutes = new Hono<{ Bindings: Env }>({ strict: false })
  .get("/public/instruments", (context) => {
    expectNoQuery(context.req.raw);
    const instruments = venueOf(context.env).specs.map(instrumentView);
    return bodyResponse(200, JSON.stringify({ instruments }));
  })
  .get("/public/time", (context) => {
    expectNoQuery(context.req.raw);
    const nowMs = Date.now();
    const view: ServerTimeView = { time: new Date(nowMs).toISOString(), time_ms: nowMs };
    return bodyResponse(200, JSON.stringify(view));
  })
  .get("/public/orderbook", async (context) => {
    const { instrument, levels, source } = readQuery(context.req.raw, orderBookQuery);
    return readMarket(context, instrument, source, {
      fromMirror: (mirror, name) => mirror.readBook(name, levels),
      fromEngine: (object) => object.readBook(levels),
    });
  })
  .get("/public/trades", async (context) => {
    const { instrument, limit, before, source } = readQuery(context.req.raw, tradesQuery);
    if (before === undefined) {
      return readMarket(context, instrument, source, {
        fromMirror: (mirror, name) => mirror.readTrades(name, limit),
        fromEngine: (object) => object.readTrades(limit),
        cursorOf: ({ trades }: TradeListAnswer) => cursorAfterTrades(trades),
      });
    }
    // The mirror has only the newest trades.
    const venue = venueOf(context.env);
    const held = await call(venue.object(instrument).readTrades(limit, before));
    return pageResponse(await olderTrades(context.env, venue.spec(instrument), held, before, limit));
  })
  .get("/public/status", async (context) => {
    const { instrument } = readQuery(context.req.raw, statusQuery);
    return bodyResponse(200, await call(venueOf(context.env).object(instrument).readStatus()));
  })
  .get("/public/orders/:order_id", async (context) => {
    expectNoQuery(context.req.raw);
    const { object, identity, spec } = venueOf(context.env).objectOfOrder(context.req.param("order_id"));
    const answer = await call(object.readOrder(identity));
    const history = new History(context.env);
    if (readAnswer(answer).status !== 404 || !history.isConfigured) return answerResponse(answer);
    const { value, asOfSequence } = await history.order(spec, context.req.param("order_id"));
    if (value === undefined) return answerResponse(answer);
    return bodyResponse(
      200,
      JSON.stringify({ ...publicOrderView(spec, value), as_of_sequence: asOfSequence }),
    );
  });

/** A page of trades: from the instrument as far as it has them, the rest from history. */
async function olderTrades(
  env: Env,
  spec: InstrumentSpec,
  held: string,
  before: number,
  limit: number,
): Promise<Page> {
  const list: TradeListAnswer = JSON.parse(held);
  const lowest = list.trades.at(-1)?.trade_id ?? before;
  if (list.trades.length === limit || lowest <= 1)
    return { body: held, cursor: cursorAfterTrades(list.trades) };
  const { value, asOfSequence } = await new History(env).trades(spec, lowest, limit - list.trades.length);
  const trades = [...list.trades, ...value];
  const body = JSON.stringify({ ...list, trades, as_of_sequence: asOfSequence });
  return { body, cursor: cursorAfterTrades(trades) };
}
