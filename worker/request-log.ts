import type { MiddlewareHandler } from "hono";
import type { RequestVariables } from "./admin-auth.ts";

const HEADER = "x-request-id";
const ACCEPTED_ID = /^[A-Za-z0-9._-]{1,64}$/;

/**
 * Gives every request an id, the caller's own where it sent a plain one, returns it in a header, and
 * writes one JSON line for each request to the host's log.
 */
export const requestLog: MiddlewareHandler<{ Variables: RequestVariables }> = async (context, next) => {
  const sent = context.req.header(HEADER);
  const requestId = sent !== undefined && ACCEPTED_ID.test(sent) ? sent : crypto.randomUUID();
  context.set("requestId", requestId);
  const startedMs = Date.now();
  await next();
  const { status } = context.res;
  // The response to an upgrade cannot be changed, and its headers are the platform's.
  if (status !== 101) context.res.headers.set(HEADER, requestId);
  const { method, path } = context.req;
  const line = { level: status >= 500 ? "error" : "info", request_id: requestId, method, path, status };
  console.log(JSON.stringify({ ...line, duration_ms: Date.now() - startedMs }));
};
