import { type Context, Hono } from "hono";
import { type Answer, problemAnswer, readAnswer } from "../../durable-objects/calls/answer.ts";
import { type ObjectCall, writeLine } from "../../durable-objects/calls/call.ts";
import { amendCall, ocoCall } from "../../durable-objects/calls/call-of-body.ts";
import { senderOf } from "../../durable-objects/calls/order-gateways.ts";
import { readBatch } from "../../durable-objects/calls/read-batch.ts";
import { readOrder } from "../../durable-objects/calls/read-order.ts";
import { orderClosed } from "../../durable-objects/records/order-view.ts";
import type { Env } from "../../durable-objects/runtime/env.ts";
import { batchBody } from "../../protocol/batch-request.ts";
import {
  amendOrderRequest,
  cancelAfterRequest,
  cancelAllRequest,
  placeOcoRequest,
} from "../../protocol/order-request.ts";
import { Refusal } from "../../protocol/refusal.ts";
import { readerOf, validate } from "../../protocol/validate.ts";
import { BATCH_BYTES_MAX, readBody } from "../http/body.ts";
import { bodyResponse } from "../http/problem-response.ts";
import {
  byClientIdPath,
  byClientIdQuery,
  expectNoQuery,
  ordersQuery,
  orderTradesQuery,
  readQuery,
} from "../http/query.ts";
import { answerResponse, call, venueOf } from "../http/venue.ts";
import { listOrders, orderOfName } from "../reads/client-orders.ts";
import { History } from "../reads/history.ts";
import { cursorAfterTrades, pageResponse } from "../reads/next-page.ts";
import { orderTrades } from "../reads/order-trades.ts";

type OrderContext = Context<{ Bindings: Env }>;

/** Order entry. */
export const orderRoutes = new Hono<{ Bindings: Env }>({ strict: false })
  .get("/orders", async (context) => {
    const query = readQuery(context.req.raw, ordersQuery);
    return pageResponse(await listOrders(context.env, query));
  })
  .get("/orders/by-client-id/:client_order_id", async (context) => {
    const { client_order_id } = validate(context.req.param(), byClientIdPath);
    const query = readQuery(context.req.raw, byClientIdQuery);
    return bodyResponse(200, await orderOfName(context.env, client_order_id, query));
  })
  .get("/orders/:order_id/trades", async (context) => {
    const query = readQuery(context.req.raw, orderTradesQuery);
    const page = await orderTrades(context.env, context.req.param("order_id"), query);
    // The numbers of an order's trades have gaps. Only a page that is not full is known to be the last.
    const cursor = page.trades.length < query.limit ? undefined : cursorAfterTrades(page.trades);
    return pageResponse({ body: JSON.stringify(page), cursor });
  })
  .post("/orders", async (context) => {
    const { instrument, request } = await readBody(context.req.raw, readOrder);
    return answerResponse(await submit(context, instrument, request));
  })
  .post("/orders/oco", async (context) => {
    const pair = await readBody(context.req.raw, readerOf(placeOcoRequest));
    return answerResponse(await submit(context, pair.instrument, ocoCall(pair)));
  })
  .post("/orders/batch", async (context) => {
    const body = await readBody(context.req.raw, readerOf(batchBody), BATCH_BYTES_MAX);
    return answerResponse(await submit(context, body.instrument, await readBatch(body)));
  })
  .post("/orders/cancel-all", async (context) => {
    const {
      client_id,
      instrument,
      side = null,
    } = await readBody(context.req.raw, readerOf(cancelAllRequest));
    const request: ObjectCall = { kind: "cancel_all", clientId: client_id, side };
    return forEachInstrument(context, instrument, (name) => submit(context, name, request));
  })
  .post("/orders/cancel-after", async (context) => {
    const { client_id, instrument, seconds } = await readBody(context.req.raw, readerOf(cancelAfterRequest));
    return forEachInstrument(context, instrument, (name) =>
      call(venueOf(context.env).object(name, client_id).cancelAfter(client_id, seconds)),
    );
  })
  .post("/orders/:order_id/amend", async (context) => {
    const amendment = await readBody(context.req.raw, readerOf(amendOrderRequest));
    const orderId = context.req.param("order_id");
    return changeOrder(context, orderId, amendCall(orderId, amendment));
  })
  .post("/orders/:order_id/cancel", (context) => {
    expectNoQuery(context.req.raw);
    const orderId = context.req.param("order_id");
    return changeOrder(context, orderId, { kind: "cancel", orderId });
  });

/** Sends a request to an instrument's object. */
function submit(context: OrderContext, instrument: string, request: ObjectCall): Promise<Answer> {
  const commands = request.kind === "batch" ? request.entries.length : 1;
  const object = venueOf(context.env).object(instrument, senderOf(request));
  return call(object.submit(writeLine(request), commands));
}

/** Calls one instrument, or all if none is named, and combines the answers. */
async function forEachInstrument(
  context: OrderContext,
  instrument: string | undefined,
  ask: (instrument: string) => Promise<Answer>,
): Promise<Response> {
  const venue = venueOf(context.env);
  const named = instrument === undefined ? venue.specs : [venue.spec(instrument)];
  const results = await Promise.all(
    named.map(async (spec) => {
      const { status, body } = readAnswer(await ask(spec.instrument).catch(asAnswer));
      if (status === 200) return body;
      return `{"instrument":${JSON.stringify(spec.instrument)},"problem":${body}}`;
    }),
  );
  return bodyResponse(200, `{"results":[${results.join(",")}]}`);
}

/** The answer of one of several instruments that refused. */
function asAnswer(error: unknown): Answer {
  if (error instanceof Refusal) return problemAnswer(error.problem);
  throw error;
}

async function changeOrder(context: OrderContext, orderId: string, request: ObjectCall): Promise<Response> {
  const { object, spec } = venueOf(context.env).objectOfOrder(orderId);
  const answer = await call(object.submit(writeLine(request)));
  const history = new History(context.env);
  if (readAnswer(answer).status !== 404 || !history.isConfigured) return answerResponse(answer);
  // An order that ended long ago is only in history. Order entry does not depend on history being available.
  const found = await history.order(spec, orderId).catch((error: unknown) => {
    if (error instanceof Refusal) return undefined;
    throw error;
  });
  return answerResponse(found?.value === undefined ? answer : problemAnswer(orderClosed(spec, found.value)));
}
