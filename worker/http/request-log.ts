import type { Env } from "../../durable-objects/runtime/env.ts";
import { log, setLogLevel } from "../../durable-objects/runtime/log.ts";

export const REQUEST_ID_HEADER = "x-request-id";
const ACCEPTED_ID = /^[A-Za-z0-9._-]{1,64}$/;

const requestIds = new WeakMap<Request, string>();

/** The id of a request in progress. */
export function requestIdOf(request: Request): string | undefined {
  return requestIds.get(request);
}

/** Answers a request. Its promise never rejects. */
export type Handler = (
  request: Request,
  env: Env,
  context?: ExecutionContext,
) => Response | Promise<Response>;

/**
 * Gives every request an id, and returns it in a header. The id is the caller's own, if the caller sent a
 * valid one. Writes one JSON line per request to the host's log.
 *
 * This wraps the whole application and is not a middleware: for a route without middleware, the router has a
 * fast path.
 */
export function withRequestLog(handle: Handler): Handler {
  return async (request, env, context) => {
    setLogLevel(env.LOG_LEVEL);
    const sent = request.headers.get(REQUEST_ID_HEADER);
    const requestId = sent !== null && ACCEPTED_ID.test(sent) ? sent : crypto.randomUUID();
    requestIds.set(request, requestId);
    const startedMs = Date.now();
    const response = await handle(request, env, context);
    const { status } = response;
    const level = status >= 500 ? "error" : "info";
    const { method, url } = request;
    const line = { request_id: requestId, method, path: pathOf(url), status };
    log(level, "request", { ...line, duration_ms: Date.now() - startedMs });
    // The response to an upgrade is immutable, and the platform sets its headers.
    if (status !== 101) {
      response.headers.set(REQUEST_ID_HEADER, requestId);
      response.headers.set("date", httpDate(Date.now()));
    }
    return response;
  };
}

/** A time in the format of the header `Date`, to the second. */
function httpDate(timeMs: number): string {
  const second = Math.floor(timeMs / 1000);
  if (second !== lastDate.second) lastDate = { second, text: new Date(timeMs).toUTCString() };
  return lastDate.text;
}

let lastDate = { second: -1, text: "" };

/** The path of an absolute URL, without its query, which may contain data that does not belong in a log. */
function pathOf(url: string): string {
  const start = url.indexOf("/", url.indexOf("//") + 2);
  const query = url.indexOf("?", start);
  return query < 0 ? url.slice(start) : url.slice(start, query);
}
