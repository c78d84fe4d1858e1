import type * as z from "zod";
import { ORDER_TYPES } from "../engine/terms.ts";
import { ERROR_CODES, type ErrorCode, type Problem } from "../protocol/error-code.ts";
import { JsonError, NumberLiteral, readJson } from "../protocol/json.ts";
import { Refusal } from "./problem-response.ts";

/** The largest body of a single order, in bytes. */
export const BODY_BYTES_MAX = 16 * 1024;
/** The same of a batch. */
export const BATCH_BYTES_MAX = 1024 * 1024;

/**
 * Reads and validates a JSON body.
 * @throws Refusal naming the first rule that the body breaks, in precedence order.
 */
export async function readBody<T extends z.ZodType>(
  request: Request,
  schema: T,
  bytesMax = BODY_BYTES_MAX,
): Promise<z.output<T>> {
  const type = request.headers.get("content-type");
  if (type === null || !/^application\/json\s*(;|$)/i.test(type)) {
    throw new Refusal({
      code: "unsupported_media_type",
      detail: "the content type must be application/json",
    });
  }
  const body = parse(decode(await readBytes(request, bytesMax)));
  if (typeof body !== "object" || body === null || Array.isArray(body) || body instanceof NumberLiteral) {
    throw new Refusal({ code: "wrong_type", detail: "the body must be a JSON object" });
  }
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw new Refusal(firstProblem(body, result.error.issues));
}

/** The body's bytes. A declared length is checked before a byte is read; an undeclared one as it comes. */
async function readBytes(request: Request, bytesMax: number): Promise<ArrayBuffer | Uint8Array> {
  const declared = request.headers.get("content-length");
  if (declared !== null) {
    if (Number(declared) > bytesMax) throw tooLarge(bytesMax);
    return request.arrayBuffer();
  }
  const bytes = new Uint8Array(bytesMax);
  let length = 0;
  for await (const chunk of request.body ?? []) {
    if (length + chunk.byteLength > bytesMax) throw tooLarge(bytesMax);
    bytes.set(chunk, length);
    length += chunk.byteLength;
  }
  return bytes.subarray(0, length);
}

function tooLarge(bytesMax: number): Refusal {
  return new Refusal({ code: "body_too_large", detail: `the body must be at most ${bytesMax} bytes` });
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decode(bytes: ArrayBuffer | Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw malformed("not valid UTF-8");
  }
}

function parse(text: string): unknown {
  try {
    return readJson(text);
  } catch (error) {
    if (error instanceof JsonError) throw malformed(error.message);
    throw error;
  }
}

function malformed(rule: string): Refusal {
  return new Refusal({ code: "malformed_json", detail: `the body cannot be read: ${rule}` });
}

/** The problem that takes precedence among a validator's findings. */
export function firstProblem(input: unknown, issues: readonly z.core.$ZodIssue[]): Problem {
  const problems = issues.map((issue) => toProblem(input, issue));
  const precedence = (problem: Problem) => ERROR_CODES.indexOf(problem.code);
  return problems.reduce((first, next) => (precedence(next) < precedence(first) ? next : first));
}

function toProblem(input: unknown, issue: z.core.$ZodIssue): Problem {
  if (issue.code === "unrecognized_keys") {
    const field = [...issue.path, issue.keys[0] ?? ""].join(".");
    return { code: "unknown_field", field, detail: `${field} is not a field of this request` };
  }
  const field = issue.path.join(".");
  const problem = (code: ErrorCode, rule: string): Problem => ({ code, field, detail: `${field} ${rule}` });
  const value = valueAt(input, issue.path);
  if (value === undefined) return problem("missing_field", "is required");
  switch (issue.code) {
    case "invalid_type":
      return problem("wrong_type", `must be a ${issue.expected}`);
    case "invalid_value":
      if (typeof value !== "string") return problem("wrong_type", "must be a string");
      return problem(
        "invalid_value",
        `must be ${issue.values.map((value) => `"${String(value)}"`).join(" or ")}`,
      );
    case "invalid_union":
      return problem(
        typeof value === "string" ? "invalid_value" : "wrong_type",
        issue.path.at(-1) === "action"
          ? 'must be "place", "cancel" or "amend"'
          : `must be one of ${ORDER_TYPES.map((type) => `"${type}"`).join(", ")}`,
      );
    case "custom":
      if (issue.params?.code === "invalid_value" || issue.params?.code === "wrong_type")
        return problem(issue.params.code, issue.message);
      return problem(
        typeof value === "string" || value instanceof NumberLiteral ? "invalid_value" : "wrong_type",
        issue.message,
      );
    default:
      return problem("invalid_value", issue.message);
  }
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}
