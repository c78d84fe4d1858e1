import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { expect, test } from "vitest";
import { ERROR_CODES } from "../../protocol/error-code.ts";
import { asyncApiText } from "../../worker/api-document/asyncapi.ts";
import { openApiText } from "../../worker/api-document/openapi.ts";

test("the API's document is valid OpenAPI 3.1", async () => {
  const validator = new Validator();
  const result = await validator.validate(JSON.parse(openApiText()));
  expect(result.errors).toBeUndefined();
  expect([result.valid, validator.version]).toEqual([true, "3.1"]);
});

test("the API's document describes the input form of a decimal: a number or a decimal string", () => {
  const { components } = JSON.parse(openApiText());
  const [limit, market] = components.schemas.PlaceOrderRequest.oneOf;
  for (const field of [limit.properties.price, limit.properties.quantity, market.properties.quantity]) {
    expect(field.oneOf.map(({ type }: { type: string }) => type)).toEqual(["number", "string"]);
  }
  expect(limit.required).toEqual(["client_id", "instrument", "side", "type", "price", "quantity"]);
  // A quantity or a quote quantity.
  expect(market.required).toEqual(["client_id", "instrument", "side", "type"]);
});

test("the API's document has every error code", () => {
  const { components } = JSON.parse(openApiText());
  expect(components.schemas.Problem.properties.code.enum).toEqual(ERROR_CODES);
});

test.each([
  ["OpenAPI", openApiText],
  ["AsyncAPI", asyncApiText],
])("the examples of every schema in the %s document match it", (_, text) => {
  const document = JSON.parse(text());
  const ajv = addFormats.default(new Ajv2020({ strict: false, allErrors: true }));
  ajv.addSchema(document, "document");
  let count = 0;
  for (const { schema, pointer } of schemasWithExamples(document, "")) {
    const validate = ajv.compile({ $ref: `document#${pointer}` });
    for (const example of schema.examples) {
      count++;
      expect(
        validate(example),
        `${pointer}: ${JSON.stringify(example)} ${ajv.errorsText(validate.errors)}`,
      ).toBe(true);
    }
  }
  expect(count).toBeGreaterThan(20);
});

interface SchemaWithExamples {
  readonly schema: { readonly examples: readonly unknown[] };
  /** A JSON Pointer, as in the fragment of a URI. */
  readonly pointer: string;
}

/** Everything in a document with a list of examples. Only schemas and messages have one. */
function schemasWithExamples(value: unknown, pointer: string): SchemaWithExamples[] {
  if (value === null || typeof value !== "object") return [];
  const own = value as { examples?: unknown; payload?: unknown };
  const isOne = Array.isArray(own.examples) && own.payload === undefined;
  const inner = Object.entries(value)
    .filter(([key]) => key !== "examples")
    .flatMap(([key, part]) => {
      const name = encodeURIComponent(key.replaceAll("~", "~0").replaceAll("/", "~1"));
      return schemasWithExamples(part, `${pointer}/${name}`);
    });
  return isOne ? [{ schema: value as SchemaWithExamples["schema"], pointer }, ...inner] : inner;
}
