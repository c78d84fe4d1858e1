import { Hono } from "hono";
import type { Env } from "../../durable-objects/runtime/env.ts";
import { validate } from "../../protocol/validate.ts";
import { bodyResponse } from "../http/problem-response.ts";
import {
  candlesQuery,
  clientPath,
  expectNoQuery,
  marketQuery,
  readQuery,
  statusQuery,
} from "../http/query.ts";
import { call, venueOf } from "../http/venue.ts";
import { readCandles } from "../reads/candles.ts";
import { pageResponse } from "../reads/next-page.ts";

/** Market statistics. */
export const analyticsRoutes = new Hono<{ Bindings: Env }>({ strict: false })
  .get("/public/ticker", async (context) => {
    const { instrument } = readQuery(context.req.raw, statusQuery);
    const object = venueOf(context.env).object(instrument);
    return bodyResponse(200, await call(object.readAnalytics({ kind: "ticker" })));
  })
  .get("/public/tickers", async (context) => {
    expectNoQuery(context.req.raw);
    const venue = venueOf(context.env);
    // If one instrument does not answer, the request fails: a list without it would look complete.
    const tickers = await Promise.all(
      venue.specs.map(({ instrument }) => call(venue.object(instrument).readAnalytics({ kind: "ticker" }))),
    );
    return bodyResponse(200, `{"tickers":[${tickers.join(",")}]}`);
  })
  .get("/public/candles", async (context) => {
    const query = readQuery(context.req.raw, candlesQuery);
    return pageResponse(await readCandles(context.env, query, Date.now()));
  })
  .get("/analytics/market", async (context) => {
    const { instrument, minutes } = readQuery(context.req.raw, marketQuery);
    const object = venueOf(context.env).object(instrument);
    return bodyResponse(200, await call(object.readAnalytics({ kind: "market", minutes })));
  })
  .get("/analytics/clients/:client_id", async (context) => {
    const { client_id: clientId } = validate(context.req.param(), clientPath);
    const { instrument } = readQuery(context.req.raw, statusQuery);
    const object = venueOf(context.env).object(instrument);
    return bodyResponse(200, await call(object.readAnalytics({ kind: "client", clientId })));
  });
