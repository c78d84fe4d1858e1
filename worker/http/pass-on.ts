import { upstreamOrigin } from "../../durable-objects/calls/relay-tree.ts";
import { log } from "../../durable-objects/runtime/log.ts";
import { Refusal } from "../../protocol/refusal.ts";
import { REQUEST_ID_HEADER, requestIdOf } from "./request-log.ts";

/**
 * Passes a request on to the venue whose feed this host relays, and returns the answer, which may be a
 * WebSocket.
 * @throws Refusal if no answer arrives. The venue may have carried out the request.
 */
export async function passOn(request: Request, upstream: string): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const target = new URL(upstreamOrigin(upstream));
  // The path is set on its own: in a relative URL, a path that begins with two slashes would name another
  // host.
  target.pathname = pathname;
  target.search = search;
  const headers = new Headers(request.headers);
  // The origin was checked here, where the page is at home. The venue has another name and would refuse it.
  headers.delete("origin");
  headers.set(REQUEST_ID_HEADER, requestIdOf(request) ?? crypto.randomUUID());
  try {
    const response = await fetch(new Request(target, new Request(request, { headers, redirect: "manual" })));
    // The headers of a fetched response are immutable, and later code adds to them.
    return response.webSocket === null ? new Response(response.body, response) : response;
  } catch (error) {
    log("error", "upstream_failed", { error: String(error) });
    throw new Refusal({
      code: "outcome_unknown",
      detail: "the venue did not answer; the outcome is unknown",
    });
  }
}
