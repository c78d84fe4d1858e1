import { reset } from "cloudflare:test";
import { beforeEach, describe, expect, test } from "vitest";
import { EXAMPLE_ORDER_ID, type RequestExample } from "../../protocol/request-examples.ts";
import { asyncApiText } from "../../worker/api-document/asyncapi.ts";
import { openApiText } from "../../worker/api-document/openapi.ts";
import { eventually, raw } from "../durable-objects/feed/feed-client.ts";
import { place, type Reply, send } from "./client.ts";

interface Parameter {
  readonly name: string;
  readonly in: "path" | "query";
  readonly required?: boolean;
  readonly schema: { readonly examples?: unknown[]; readonly default?: unknown; readonly enum?: unknown[] };
}
interface Operation {
  readonly method: string;
  readonly path: string;
  readonly parameters?: Parameter[];
  readonly requestBody?: {
    readonly content: { "application/json": { readonly examples?: Record<string, RequestExample> } };
  };
}

const OPERATIONS: Operation[] = Object.entries(JSON.parse(openApiText()).paths).flatMap(([path, item]) =>
  Object.entries(item as object).map(([method, operation]) => ({
    ...(operation as Operation),
    method: method.toUpperCase(),
    path,
  })),
);
/**
 * Examples with requirements that are missing here. They have their own tests: a lost storage, a socket,
 * history.
 */
const CONDITIONAL = ["POST /admin/instruments/{instrument}/rebuild", "GET /stream", "GET /public/candles"];
const NAME = "ladder-7";

/** The example of a parameter in the document, which a page for trying it out fills in. */
function exampleOf({ schema }: Parameter): unknown {
  return schema.examples?.[0] ?? schema.default ?? schema.enum?.[0];
}

/** Sends the examples of an operation. An order's id is that of an open order. */
async function execute(operation: Operation, body?: object): Promise<Reply> {
  const { order_id } = await place();
  let path = operation.path;
  const query = new URLSearchParams();
  for (const parameter of operation.parameters ?? []) {
    const example = parameter.name === "order_id" ? order_id : exampleOf(parameter);
    if (parameter.required) expect(example, `${path}: ${parameter.name} has no example`).toBeDefined();
    if (parameter.in === "path") path = path.replace(`{${parameter.name}}`, String(example));
    else if (example !== undefined) query.set(parameter.name, String(example));
  }
  const headers = { "content-type": "application/json", authorization: "Bearer test-token" };
  const text = JSON.stringify(body)?.replaceAll(EXAMPLE_ORDER_ID, order_id);
  const init = { method: operation.method, headers, ...(text === undefined ? {} : { body: text }) };
  return send(query.size === 0 ? path : `${path}?${query}`, init);
}

/** Checks that the request succeeded, and each entry of it. */
function expectDone({ status, text }: Reply, what: string): void {
  expect(status, `${what}: ${text}`).toBeLessThan(300);
  if (!text.startsWith("{")) return;
  const { results = [] } = JSON.parse(text);
  for (const result of results) {
    expect(result.status ?? 200, `${what}: ${text}`).toBeLessThan(300);
    expect(result, what).not.toHaveProperty("problem");
  }
}

beforeEach(reset);

describe("the examples of the OpenAPI document", () => {
  const withBody = OPERATIONS.filter(({ requestBody }) => requestBody !== undefined);

  test("exist for every body", () => {
    expect(withBody.length).toBeGreaterThan(6);
    for (const { path, requestBody } of withBody)
      expect(Object.keys(requestBody?.content["application/json"].examples ?? {}), path).not.toEqual([]);
  });

  const examples = withBody.flatMap((operation) =>
    Object.entries(operation.requestBody?.content["application/json"].examples ?? {}).map(
      ([name, { value }], index) => ({ operation, path: operation.path, name, value, isFirst: index === 0 }),
    ),
  );
  test.each(examples)("$path, $name works", async ({ operation, path, name, value, isFirst }) => {
    expectDone(await execute(operation, value), `${path} ${name}`);
    // The button of a page for trying it out may be pressed again.
    if (isFirst) expectDone(await execute(operation, value), `${path} ${name} again`);
  });

  const withoutBody = OPERATIONS.filter(
    ({ method, path, requestBody }) =>
      requestBody === undefined && !CONDITIONAL.includes(`${method} ${path}`),
  );
  test.each(withoutBody)("$method $path works with the examples of its parameters", async (operation) => {
    await place({ client_order_id: NAME });
    expectDone(await execute(operation), operation.path);
  });
});

describe("the examples of the AsyncAPI document", () => {
  const { operations, channels } = JSON.parse(asyncApiText());
  const names: string[] = operations.ask.messages.map(({ $ref }: { $ref: string }) => $ref.split("/").at(-1));

  test.each(names)("%s works", async (name) => {
    const { examples = [] } = channels.stream.messages[name];
    expect(examples).not.toEqual([]);
    for (const { payload } of examples) {
      const { order_id } = await place();
      const { socket, messages } = await raw("?channels=&client_id=client-A");
      socket.send(JSON.stringify(payload).replaceAll(EXAMPLE_ORDER_ID, order_id));
      // Requests without an answer are followed by one with an answer.
      socket.send('{"op":"unsubscribe","request_id":"last","channels":["book"]}');
      await eventually(() => messages.some(({ request_id }) => request_id === "last"));
      const answers = messages.filter(({ type }) => type === "answer" || type === "error");
      const expected = payload.request_id === undefined ? ["last"] : [payload.request_id, "last"];
      expect(answers.map(({ request_id }) => request_id)).toEqual(expected);
      for (const answer of answers)
        expectDone(
          { status: Number(answer.status), text: JSON.stringify(answer.body), headers: new Headers() },
          name,
        );
      socket.close();
    }
  });
});
