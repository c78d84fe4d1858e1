import type * as z from "zod";
import { type ErrorCode, firstProblem, type Problem } from "./error-code.ts";
import { NumberLiteral } from "./json.ts";
import { Refusal } from "./refusal.ts";

/**
 * Parses an input with a schema.
 * @throws Refusal with the broken rule that takes precedence.
 */
export function validate<T extends z.ZodType>(input: unknown, schema: T): z.output<T> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw new Refusal(problemOf(input, result.error.issues));
}

/** Returns `validate` with a fixed schema, as a function of the input. */
export function readerOf<T extends z.ZodType>(schema: T): (input: unknown) => z.output<T> {
  return (input) => validate(input, schema);
}

/** The broken rule that takes precedence among a schema's issues. */
export function problemOf(input: unknown, issues: readonly z.core.$ZodIssue[]): Problem {
  return firstProblem(issues.map((issue) => toProblem(input, issue)));
}

function toProblem(input: unknown, issue: z.core.$ZodIssue): Problem {
  if (issue.code === "unrecognized_keys") {
    const field = cut([...issue.path, issue.keys[0] ?? ""].join("."));
    return { code: "unknown_field", field, detail: `${field} is not a field of this request` };
  }
  const field = issue.path.join(".");
  const named = field === "" ? "the message" : field;
  const problem = (code: ErrorCode, rule: string): Problem => ({ code, field, detail: `${named} ${rule}` });
  const value = valueAt(input, issue.path);
  if (value === undefined) return problem("missing_field", "is required");
  switch (issue.code) {
    case "invalid_type":
      return problem("wrong_type", `must be ${withArticle(issue.expected)}`);
    case "invalid_value":
      if (typeof value !== "string") return problem("wrong_type", "must be a string");
      return problem(
        "invalid_value",
        `must be ${issue.values.map((value) => `"${String(value)}"`).join(" or ")}`,
      );
    case "invalid_union":
      return problem(
        typeof value === "string" ? "invalid_value" : "wrong_type",
        `must be one of ${optionsOf(issue).join(", ")}`,
      );
    case "too_small":
      return problem("invalid_value", sizeRule(issue, `at least ${countOf(issue.minimum)}`));
    case "too_big":
      return problem("invalid_value", sizeRule(issue, `at most ${countOf(issue.maximum)}`));
    case "invalid_format":
      return problem(field === "order_id" ? "malformed_order_id" : "invalid_value", issue.message);
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

/** A name in an error is cut to this length: the client chose it. */
const NAME_LENGTH_MAX = 200;

function cut(name: string): string {
  return name.length <= NAME_LENGTH_MAX ? name : `${name.slice(0, NAME_LENGTH_MAX - 1)}…`;
}

function withArticle(type: string): string {
  return /^[aeio]/.test(type) ? `an ${type}` : `a ${type}`;
}

/** The allowed values of the field that decides which schema applies. */
function optionsOf(issue: z.core.$ZodIssueInvalidUnion): string[] {
  return "options" in issue ? issue.options.map((option) => `"${String(option)}"`) : [];
}

function sizeRule({ origin, message }: { origin: string; message: string }, entries: string): string {
  return origin === "array" ? `must have ${entries}` : message;
}

function countOf(entries: number | bigint): string {
  return Number(entries) === 1 ? "1 entry" : `${entries} entries`;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}
