import { type Context, Hono } from "hono";
import { DIRECT_MAX_HEADER, readConnection } from "../../durable-objects/calls/connection.ts";
import { directMax, placeFor, placeText, relayLevels } from "../../durable-objects/calls/relay-tree.ts";
import type { Env } from "../../durable-objects/runtime/env.ts";
import { Refusal } from "../../protocol/refusal.ts";
import { isForeign } from "../http/origins.ts";
import { passOn } from "../http/pass-on.ts";
import { venueOf } from "../http/venue.ts";

/** The platform's regions for objects, by the continent of the subscriber. */
const HINT_OF_CONTINENT: Readonly<Record<string, DurableObjectLocationHint>> = {
  EU: "weur",
  NA: "enam",
  SA: "sam",
  AS: "apac",
  OC: "oc",
  AF: "afr",
};

/**
 * The live stream. An object owns the socket, so the upgrade is passed on whole. It goes to the instrument
 * itself, or to a relay near the subscriber if the instrument has enough connections or the request names
 * several instruments.
 */
export const streamRoutes = new Hono<{ Bindings: Env }>({ strict: false }).get("/stream", async (context) => {
  const request = context.req.raw;
  const url = new URL(request.url);
  const { clientId, channels, instruments } = readConnection(url);
  const venue = venueOf(context.env);
  for (const instrument of instruments) venue.spec(instrument);
  if (context.req.header("upgrade")?.toLowerCase() !== "websocket") {
    const detail = "connect with a WebSocket client: this path answers only an upgrade";
    throw new Refusal({ code: "websocket_required", detail }, { upgrade: "websocket" });
  }
  // A page of another site would act with the access of the visitor's browser.
  if (clientId !== null && isForeign(request, context.env)) {
    throw new Refusal({
      code: "forbidden",
      detail: "a page of another origin must not connect for a client",
    });
  }
  if (instruments.length > 1) return relayed(context, url);
  const isForRelays =
    clientId === null && channels !== null && relayLevels(context.env.STREAM_RELAYS).length > 0;
  const headers = new Headers(request.headers);
  if (context.env.STREAM_UPSTREAM !== undefined) {
    if (isForRelays) return relayed(context, url);
    return passOn(request, context.env.STREAM_UPSTREAM);
  }
  const limit = isForRelays ? directMax(context.env.STREAM_DIRECT_MAX) : Number.POSITIVE_INFINITY;
  headers.set(DIRECT_MAX_HEADER, String(limit));
  const direct = await venue.stub(instruments[0]).fetch(new Request(request, { headers }));
  return direct.status === 503 ? relayed(context, url) : direct;
});

/** Passes a connection to a relay. */
function relayed(context: Context<{ Bindings: Env }>, url: URL): Promise<Response> {
  const { env } = context;
  const region = (context.req.raw.cf?.continent as string | undefined) ?? "any";
  const place = placeText(placeFor(region, Math.random(), relayLevels(env.STREAM_RELAYS)));
  const locationHint = HINT_OF_CONTINENT[region];
  const relay = env.RELAY.getByName(place, locationHint === undefined ? {} : { locationHint });
  const target = new URL(url);
  target.searchParams.set("place", place);
  if (!target.searchParams.has("instrument"))
    target.searchParams.set("instrument", venueOf(env).defaultInstrument);
  return relay.fetch(new Request(target, context.req.raw));
}
