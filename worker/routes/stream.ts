import { Hono } from "hono";
import { readConnection } from "../../durable-objects/connection.ts";
import type { Env } from "../../durable-objects/env.ts";
import { Refusal } from "../../protocol/refusal.ts";
import { venueOf } from "../venue.ts";

/** The live stream. The instrument's object owns the socket, so the upgrade is passed on whole. */
export const streamRoutes = new Hono<{ Bindings: Env }>({ strict: false }).get("/stream", (context) => {
  const url = new URL(context.req.url);
  const { clientId } = readConnection(url);
  const object = venueOf(context.env).object(url.searchParams.get("instrument") ?? undefined);
  if (context.req.header("upgrade")?.toLowerCase() !== "websocket") {
    const detail = "connect with a WebSocket client: this path answers only an upgrade";
    throw new Refusal({ code: "websocket_required", detail }, { upgrade: "websocket" });
  }
  const origin = context.req.header("origin");
  // A page of another site would act with what the visitor's browser may reach.
  if (clientId !== null && origin !== undefined && originHost(origin) !== url.host) {
    throw new Refusal({ code: "forbidden", detail: "no page of another origin may connect for a client" });
  }
  return object.fetch(context.req.raw);
});

function originHost(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
