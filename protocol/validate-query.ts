import type * as z from "zod";
import { firstProblem, type Problem } from "./error-code.ts";
import { Refusal } from "./refusal.ts";
import { problemOf } from "./validate.ts";

/**
 * Parses the parameters of a URL with a schema. A parameter that the schema does not have, or that is given
 * twice, is refused.
 * @param readLists splits the parameters that hold several values into lists.
 * @throws Refusal with the parameter and the rule that takes precedence.
 */
export function validateQuery<T extends z.ZodObject>(
  parameters: URLSearchParams,
  schema: T,
  readLists: (fields: Record<string, string>) => Record<string, unknown> = (fields) => fields,
): z.output<T> {
  const fields = readLists(Object.fromEntries(parameters));
  const { success, data, error } = schema.safeParse(fields);
  const problems: Problem[] = repeatedNames(parameters)
    .filter((name) => Object.hasOwn(schema.shape, name))
    .map((name) => ({ code: "invalid_value", field: name, detail: `${name} must be given only once` }));
  if (!success) problems.push(problemOf(fields, error.issues));
  if (problems.length > 0) throw new Refusal(firstProblem(problems));
  return data as z.output<T>;
}

function repeatedNames(parameters: URLSearchParams): string[] {
  const names = [...parameters.keys()];
  return names.filter((name, index) => names.indexOf(name) < index);
}
