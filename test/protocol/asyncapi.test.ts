import { createHash } from "node:crypto";
import { Parser } from "@asyncapi/parser";
import { expect, test } from "vitest";
import { API_VERSION } from "../../protocol/version.ts";
import { asyncApiText } from "../../worker/api-document/asyncapi.ts";

/**
 * The hash of all schemas of the stream's messages, by version of the wire. A change of the schemas requires
 * a new hash.
 */
const SCHEMA_HASHES: Readonly<Record<string, string>> = {
  "1.1.0": "f2d254210bb0a94c",
  "1.2.0": "ebb8c1247691c34e",
  "1.3.0": "dce870e8e2cf791c",
};

test("AsyncAPI's own parser accepts the document", async () => {
  const { document, diagnostics } = await new Parser().parse(asyncApiText());
  const errors = diagnostics.filter(({ severity }) => severity === 0);
  expect(errors.map(({ message, path }) => `${path.join(".")}: ${message}`)).toEqual([]);
  expect(document?.allMessages().length).toBe(28);
});

test("the schemas of messages change with the version of the wire only", () => {
  const { components } = JSON.parse(asyncApiText());
  const text = JSON.stringify(components, (_, value) =>
    value !== null && typeof value === "object" && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 16);
  expect({ [API_VERSION]: hash }).toEqual({ [API_VERSION]: SCHEMA_HASHES[API_VERSION] });
});

test("every $ref has a target, and everything that is described is used", () => {
  const document = JSON.parse(asyncApiText());
  const text = asyncApiText();
  const refs = new Set(
    [...text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name),
  );
  expect([...refs].sort()).toEqual(Object.keys(document.components.schemas).sort());
});
