import { Hono } from "hono";
import type { Env } from "../../durable-objects/env.ts";
import { instrumentView } from "../../protocol/instrument-spec.ts";
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
    const { instrument, levels } = readQuery(context.req.query(), orderBookQuery);
    return bodyResponse(200, await call(venueOf(context.env).object(instrument).readBook(levels)));
  })
  .get("/public/trades", async (context) => {
    const { instrument, limit } = readQuery(context.req.query(), tradesQuery);
    return bodyResponse(200, await call(venueOf(context.env).object(instrument).readTrades(limit)));
  })
  .get("/public/orders/:order_id", async (context) => {
    const { object, identity } = venueOf(context.env).objectOfOrder(context.req.param("order_id"));
    return answerResponse(await call(object.readOrder(identity)));
  });
