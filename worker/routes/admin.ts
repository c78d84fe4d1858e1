import { Hono } from "hono";
import { readAnswer } from "../../durable-objects/calls/answer.ts";
import { writeLine } from "../../durable-objects/calls/call.ts";
import { OPERATIONS } from "../../durable-objects/calls/instrument-calls.ts";
import type { Env } from "../../durable-objects/runtime/env.ts";
import { statusChange } from "../../protocol/operation.ts";
import { readerOf } from "../../protocol/validate.ts";
import { readBody } from "../http/body.ts";
import { expectNoQuery, readQuery, rebuildQuery } from "../http/query.ts";
import { answerResponse, call, venueOf } from "../http/venue.ts";

/** What operators can do with one instrument. `adminOnly` protects these routes. */
export const adminRoutes = new Hono<{ Bindings: Env }>({ strict: false }).get(
  "/admin/instruments/:instrument/status",
  async (context) => {
    expectNoQuery(context.req.raw);
    const object = venueOf(context.env).object(context.req.param("instrument"));
    return answerResponse(await call(object.operate("status")));
  },
);

adminRoutes.post("/admin/instruments/:instrument/rebuild", async (context) => {
  const { discard_journal, adopt } = readQuery(context.req.raw, rebuildQuery);
  const object = venueOf(context.env).object(context.req.param("instrument"));
  return answerResponse(
    await call(object.operate(discard_journal ? "rebuild_discarding" : "rebuild", adopt)),
  );
});

adminRoutes.post("/admin/instruments/:instrument/trading-status", async (context) => {
  const { status, for_seconds } = await readBody(context.req.raw, readerOf(statusChange));
  const object = venueOf(context.env).object(context.req.param("instrument"));
  const forMs = for_seconds === undefined ? null : for_seconds * 1000;
  const answer = await call(object.submit(writeLine({ kind: "status", status, forMs })));
  if (readAnswer(answer).status !== 200) return answerResponse(answer);
  return answerResponse(await call(object.operate("status")));
});

for (const operation of OPERATIONS) {
  adminRoutes.post(`/admin/instruments/:instrument/${operation}`, async (context) => {
    expectNoQuery(context.req.raw);
    const object = venueOf(context.env).object(context.req.param("instrument"));
    return answerResponse(await call(object.operate(operation)));
  });
}
