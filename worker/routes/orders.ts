import { Hono } from "hono";
import type { Env } from "../../durable-objects/env.ts";
import { cancelLine, placeLine } from "../../durable-objects/instrument/request.ts";
import { placeOrderRequest } from "../../protocol/order-entry.ts";
import { readBody } from "../body.ts";
import { answerResponse, call, venueOf } from "../venue.ts";

/** Order entry. */
export const orderRoutes = new Hono<{ Bindings: Env }>({ strict: false })
  .post("/orders", async (context) => {
    const order = await readBody(context.req.raw, placeOrderRequest);
    const object = venueOf(context.env).object(order.instrument);
    return answerResponse(await call(object.submit(placeLine(order))));
  })
  .post("/orders/:order_id/cancel", async (context) => {
    const orderId = context.req.param("order_id");
    const { object } = venueOf(context.env).objectOfOrder(orderId);
    return answerResponse(await call(object.submit(cancelLine(orderId))));
  });
