import type { MiddlewareHandler } from "hono";
import type { Env } from "../../durable-objects/runtime/env.ts";
import { log } from "../../durable-objects/runtime/log.ts";
import type { Problem } from "../../protocol/error-code.ts";
import type { Platform } from "./platform.ts";
import { problemResponse } from "./problem-response.ts";
import { requestIdOf } from "./request-log.ts";

/**
 * Admits only operators, and audits every attempt. It runs before everything below `/admin`, so it also
 * protects routes that are added later. Without a configured token these paths do not exist.
 */
export function adminOnly(isEqual: Platform["isEqual"]): MiddlewareHandler<{ Bindings: Env }> {
  return async (context, next) => {
    const token = context.env.ADMIN_TOKEN;
    if (token === undefined || token === "") {
      return problemResponse({
        code: "route_not_found",
        detail: "no such path; GET /docs lists the paths",
      });
    }
    const refusal = await refusalOf(context.req.header("authorization"), token, isEqual);
    let response: Response | undefined;
    if (refusal === undefined) await next();
    else response = problemResponse(refusal, { "www-authenticate": CHALLENGE });
    const { method, path } = context.req;
    const { status } = response ?? context.res;
    const requestId = requestIdOf(context.req.raw);
    log("info", "admin_used", { request_id: requestId, method, path, status });
    return response;
  };
}

const CHALLENGE = 'Bearer realm="edgebook admin"';

async function refusalOf(
  header: string | undefined,
  token: string,
  isEqual: Platform["isEqual"],
): Promise<Problem | undefined> {
  const isOperator = await isBearer(header ?? null, token, isEqual);
  if (isOperator === undefined) {
    return { code: "unauthorized", detail: "send the operators' token in the header Authorization: Bearer" };
  }
  return isOperator ? undefined : { code: "forbidden", detail: "this is not the operators' token" };
}

/** Whether a header `Authorization` has this token. Undefined if it has none at all. */
export async function isBearer(
  header: string | null,
  token: string,
  isEqual: Platform["isEqual"],
): Promise<boolean | undefined> {
  const sent = /^Bearer +(\S+) *$/i.exec(header ?? "")?.[1];
  if (sent === undefined) return undefined;
  // Compares digests, so that the duration reveals neither the texts nor their lengths.
  const digest = (text: string) => crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return isEqual(await digest(sent), await digest(token));
}
