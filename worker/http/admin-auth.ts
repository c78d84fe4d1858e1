import type { MiddlewareHandler } from "hono";
import type { Env } from "../../durable-objects/runtime/env.ts";
import { log } from "../../durable-objects/runtime/log.ts";
import type { Problem } from "../../protocol/error-code.ts";
import { problemResponse } from "./problem-response.ts";
import { requestIdOf } from "./request-log.ts";

/**
 * Admits only operators, and audits every attempt. It runs before everything below `/admin`, so it also
 * protects routes that are added later. Without a configured token these paths do not exist.
 */
export const adminOnly: MiddlewareHandler<{ Bindings: Env }> = async (context, next) => {
  const token = context.env.ADMIN_TOKEN;
  if (token === undefined || token === "") {
    return problemResponse({
      code: "route_not_found",
      detail: "no such path; GET /docs lists the paths",
    });
  }
  const refusal = await refusalOf(context.req.header("authorization"), token);
  let response: Response | undefined;
  if (refusal === undefined) await next();
  else response = problemResponse(refusal, { "www-authenticate": CHALLENGE });
  const { method, path } = context.req;
  const { status } = response ?? context.res;
  const requestId = requestIdOf(context.req.raw);
  log("info", "admin_used", { request_id: requestId, method, path, status });
  return response;
};

const CHALLENGE = 'Bearer realm="edgebook admin"';

async function refusalOf(header: string | undefined, token: string): Promise<Problem | undefined> {
  const sent = /^Bearer +(\S+) *$/i.exec(header ?? "")?.[1];
  if (sent === undefined) {
    return { code: "unauthorized", detail: "send the operators' token in the header Authorization: Bearer" };
  }
  if (await isSame(sent, token)) return undefined;
  return { code: "forbidden", detail: "this is not the operators' token" };
}

/** Compares digests, so that the duration reveals neither the texts nor their lengths. */
async function isSame(one: string, other: string): Promise<boolean> {
  const digest = (text: string) => crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return crypto.subtle.timingSafeEqual(await digest(one), await digest(other));
}
