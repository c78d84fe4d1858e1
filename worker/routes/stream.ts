import { Hono } from "hono";
import type { Env } from "../../durable-objects/env.ts";
import { Refusal } from "../problem-response.ts";
import { readQuery, streamQuery } from "../query.ts";
import { venueOf } from "../venue.ts";

/** The live stream. The instrument's object owns the socket, so the upgrade is passed on whole. */
export const streamRoutes = new Hono<{ Bindings: Env }>({ strict: false }).get("/stream", (context) => {
  const { instrument } = readQuery(context.req.query(), streamQuery);
  const object = venueOf(context.env).object(instrument);
  if (context.req.header("upgrade")?.toLowerCase() !== "websocket") {
    const detail = "connect with a WebSocket client: this path answers only an upgrade";
    throw new Refusal({ code: "websocket_required", detail }, { upgrade: "websocket" });
  }
  return object.fetch(context.req.raw);
});
