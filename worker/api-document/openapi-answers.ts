import type * as z from "zod";
import type { ZodOpenApiOperationObject } from "zod-openapi";
import { ERROR_STATUS, type ErrorCode } from "../../protocol/error-code.ts";
import { problem } from "../../protocol/problem.ts";
import type { RequestExamples } from "../../protocol/request-examples.ts";

/** The JSON body of an operation, with examples. Pages for trying it out start with the first. */
export function body(schema: z.ZodType, examples: RequestExamples) {
  return { required: true, content: { "application/json": { schema, examples: { ...examples } } } };
}

/** A JSON answer. */
export function json(description: string, schema: z.ZodType) {
  return { description, content: { "application/json": { schema } } };
}

/** A JSON answer that is a page of a list. @param use how a client sends its cursor. */
export function page(description: string, schema: z.ZodType, use: string) {
  const cursor = {
    description: `The cursor of the next page: ${use}. Absent if there is no further page.`,
    schema: { type: "string" as const },
  };
  return { ...json(description, schema), headers: { "Next-Cursor": cursor } };
}

/** How a client sends most cursors. */
export const AS_BEFORE = "send it as `before`";

/** An answer of another type. */
export function text(description: string, type: string) {
  return { description, content: { [type]: { schema: { type: "string" as const } } } };
}

/** What a request with a body may get. */
export const BODY_ERRORS: readonly ErrorCode[] = [
  "unsupported_media_type",
  "body_too_large",
  "body_timeout",
  "malformed_json",
  "missing_field",
  "wrong_type",
  "invalid_value",
  "unknown_field",
];

/** The error answers of an operation: one per status, with its codes. */
export function errors(codes: readonly ErrorCode[]): ZodOpenApiOperationObject["responses"] {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of new Set(codes))
    byStatus.set(ERROR_STATUS[code], [...(byStatus.get(ERROR_STATUS[code]) ?? []), code]);
  const responses = Array.from(byStatus, ([status, group]) => {
    const content = { "application/problem+json": { schema: problem } };
    return [String(status), { description: group.map((code) => `\`${code}\``).join(", "), content }];
  });
  return Object.fromEntries(responses);
}
