import { Validator } from "@seriousme/openapi-schema-validator";
import { expect, test } from "vitest";
import { ERROR_CODES } from "../../protocol/error-code.ts";
import { openApiText } from "../../worker/openapi.ts";

test("the API's document is valid OpenAPI 3.1", async () => {
  const validator = new Validator();
  const result = await validator.validate(JSON.parse(openApiText()));
  expect(result.errors).toBeUndefined();
  expect([result.valid, validator.version]).toEqual([true, "3.1"]);
});

test("the API's document describes a decimal as what goes in: a number or a decimal string", () => {
  const { components } = JSON.parse(openApiText());
  const [limit, market] = components.schemas.PlaceOrderRequest.oneOf;
  for (const field of [limit.properties.price, limit.properties.quantity, market.properties.quantity]) {
    expect(field.oneOf.map(({ type }: { type: string }) => type)).toEqual(["number", "string"]);
  }
  expect(limit.required).toEqual(["client_id", "instrument", "side", "type", "price", "quantity"]);
  // A quantity or a quote quantity.
  expect(market.required).toEqual(["client_id", "instrument", "side", "type"]);
});

test("the API's document knows every error code", () => {
  const { components } = JSON.parse(openApiText());
  expect(components.schemas.Problem.properties.code.enum).toEqual(ERROR_CODES);
});
