import { Hono } from "hono";
import type { Env } from "../../durable-objects/env.ts";
import { instrumentView } from "../../protocol/instrument-spec.ts";
import { readMarket } from "../market-read.ts";
import { bodyResponse } from "../problem-response.ts";
import { orderBookQuery, readQuery, tradesQuery } from "../query.ts";
import { answerResponse, call, venueOf } from "../venue.ts";

/** What anybody may read. */
export const publicRoutes = new Hono<{ Bindings: Env }>({ strict: false })
  .get("/public/instruments", (context) => {
    const instruments = venueOf(context.env).specs.map(instrumentView);
    return bodyResponse(200, JSON.stringify({ instruments }));
  })
  .get("/public/orderbook", async (context) => {
    const { instrument, levels, source } = readQuery(context.req.query(), orderBookQuery);
    return readMarket(context, instrument, source, {
      fromMirror: (mirror, name) => mirror.readBook(name, levels),
      fromEngine: (object) => object.readBook(levels),
    });
  })
  .get("/public/trades", async (context) => {
    const { instrument, limit, source } = readQuery(context.req.query(), tradesQuery);
    return readMarket(context, instrument, source, {
      fromMirror: (mirror, name) => mirror.readTrades(name, limit),
      fromEngine: (object) => object.readTrades(limit),
    });
  })
  .get("/public/orders/:order_id", async (context) => {
    const { object, identity } = venueOf(context.env).objectOfOrder(context.req.param("order_id"));
    return answerResponse(await call(object.readOrder(identity)));
  });
