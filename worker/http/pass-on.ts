import { upstreamOrigin } from "../../durable-objects/calls/relay-tree.ts";
import { log } from "../../durable-objects/runtime/log.ts";
import { Refusal } from "../../protocol/refusal.ts";
import { REQUEST_ID_HEADER, requestIdOf } from "./request-log.ts";

/**
 * Passes a request on to the venue whose feed this host relays, and gives back what it answers, also a
 * connection.
 * @throws Refusal if no answer comes: what the request asked for may have been done.
 */
export async function passOn(request: Request, upstream: string): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const target = new URL(upstreamOrigin(upstream));
  // Set one by one: a path of two slashes would be read as the name of another host.
  target.pathname = pathname;
  target.search = search;
  const headers = new Headers(request.headers);
  // It was checked here, where the page that sent it is at home: the venue has another name.
  headers.delete("origin");
  headers.set(REQUEST_ID_HEADER, requestIdOf(request) ?? crypto.randomUUID());
  try {
    const response = await fetch(new Request(target, new Request(request, { headers, redirect: "manual" })));
    // The headers of an answer that came from elsewhere cannot be added to.
    return response.webSocket === null ? new Response(response.body, response) : response;
  } catch (error) {
    log("error", "upstream_failed", { error: String(error) });
    throw new Refusal({ code: "outcome_unknown", detail: "the venue did not answer: ask again" });
  }
}
