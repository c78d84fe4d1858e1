import { Hono } from "hono";
import type { Env } from "../../durable-objects/env.ts";
import { OPERATIONS } from "../../durable-objects/instrument/operator.ts";
import { answerResponse, call, venueOf } from "../venue.ts";

/** What operators do to one instrument; `adminOnly` stands before it. */
export const adminRoutes = new Hono<{ Bindings: Env }>({ strict: false }).get(
  "/admin/instruments/:instrument/status",
  async (context) => {
    const object = venueOf(context.env).object(context.req.param("instrument"));
    return answerResponse(await call(object.operate("status")));
  },
);

for (const operation of OPERATIONS) {
  adminRoutes.post(`/admin/instruments/:instrument/${operation}`, async (context) => {
    const object = venueOf(context.env).object(context.req.param("instrument"));
    return answerResponse(await call(object.operate(operation)));
  });
}
