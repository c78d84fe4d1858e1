import { ERROR_STATUS, type Problem, problemBody } from "../../protocol/error-code.ts";

export const JSON_TYPE = "application/json; charset=utf-8";
const PROBLEM_TYPE = "application/problem+json";
/** A queue of ten thousand requests drains in well below a second. */
const RETRY_AFTER_SECONDS = "1";

export function problemResponse(problem: Problem, headers: Readonly<Record<string, string>> = {}): Response {
  return bodyResponse(ERROR_STATUS[problem.code], problemBody(problem), headers);
}

/** A response with a formatted body. Errors get their content type, and 503 gets `Retry-After`. */
export function bodyResponse(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(body, {
    status,
    headers: {
      "content-type": status >= 400 ? PROBLEM_TYPE : JSON_TYPE,
      ...(status === 503 ? { "retry-after": RETRY_AFTER_SECONDS } : {}),
      ...headers,
    },
  });
}
