import type * as z from "zod";
import { ORDER_TYPES } from "../engine/terms.ts";
import { type ErrorCode, firstProblem, type Problem } from "./error-code.ts";
import { NumberLiteral } from "./json.ts";
import { Refusal } from "./refusal.ts";

/**
 * What a schema makes of an input.
 * @throws Refusal naming the first rule that the input breaks, in precedence order.
 */
export function validate<T extends z.ZodType>(input: unknown, schema: T): z.output<T> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw new Refusal(firstProblem(result.error.issues.map((issue) => toProblem(input, issue))));
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
      return problem(
        "wrong_type",
        `must be ${/^[aeiou]/.test(issue.expected) ? "an" : "a"} ${issue.expected}`,
      );
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
