import { Hono } from "hono";
import type { Env } from "../../durable-objects/env.ts";
import { problemAnswer, readAnswer } from "../../durable-objects/instrument/answer.ts";
import { orderClosed } from "../../durable-objects/instrument/order-view.ts";
import { cancelLine, placeLine } from "../../durable-objects/instrument/request.ts";
import { type OrderListView, placeOrderRequest } from "../../protocol/order-entry.ts";
import { readBody } from "../body.ts";
import { History } from "../history.ts";
import { bodyResponse, Refusal } from "../problem-response.ts";
import { ordersQuery, readQuery } from "../query.ts";
import { answerResponse, call, venueOf } from "../venue.ts";

/** Order entry. */
export const orderRoutes = new Hono<{ Bindings: Env }>({ strict: false })
  .get("/orders", async (context) => {
    const { client_id, instrument, limit, before } = readQuery(context.req.query(), ordersQuery);
    const spec = venueOf(context.env).spec(instrument);
    const { value, asOfSequence } = await new History(context.env).ordersOf(spec, client_id, before, limit);
    const list: OrderListView = {
      client_id,
      instrument: spec.instrument,
      orders: value,
      as_of_sequence: asOfSequence,
    };
    return bodyResponse(200, JSON.stringify(list));
  })
  .post("/orders", async (context) => {
    const order = await readBody(context.req.raw, placeOrderRequest);
    const object = venueOf(context.env).object(order.instrument);
    return answerResponse(await call(object.submit(placeLine(order))));
  })
  .post("/orders/:order_id/cancel", async (context) => {
    const orderId = context.req.param("order_id");
    const { object, spec } = venueOf(context.env).objectOfOrder(orderId);
    const answer = await call(object.submit(cancelLine(orderId)));
    const history = new History(context.env);
    if (readAnswer(answer).status !== 404 || !history.isConfigured) return answerResponse(answer);
    // An order that ended long ago is in history alone. Order entry does not wait for that to be within reach.
    const found = await history.order(spec, orderId).catch((error: unknown) => {
      if (error instanceof Refusal) return undefined;
      throw error;
    });
    return answerResponse(
      found?.value === undefined ? answer : problemAnswer(orderClosed(spec, found.value)),
    );
  });
