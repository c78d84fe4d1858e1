import { createSchema } from "zod-openapi";
import { connectionQuery } from "../../durable-objects/calls/connection.ts";
import { REQUESTS, SENT_MESSAGES } from "../../protocol/feed/feed-schemas.ts";
import { FEED_EXAMPLES } from "../../protocol/request-examples.ts";
import { API_VERSION } from "../../protocol/version.ts";

const SCHEMA_PATH = "#/components/schemas/";

/** The schemas of all messages and of their parts, by name. */
function messageSchemas(): Record<string, unknown> {
  const schemas: Record<string, unknown> = {};
  for (const [io, messages] of [
    ["output", SENT_MESSAGES],
    ["input", REQUESTS],
  ] as const) {
    for (const { schema } of Object.values(messages)) {
      const { components } = createSchema(schema, { io, schemaRefPath: SCHEMA_PATH });
      Object.assign(schemas, components);
    }
  }
  return schemas;
}

function messagesOf(messages: typeof SENT_MESSAGES) {
  return Object.fromEntries(
    Object.entries(messages).map(([name, { summary }]) => {
      const examples = FEED_EXAMPLES[name]?.map(({ summary, value }) => ({ summary, payload: value }));
      const payload = { $ref: `${SCHEMA_PATH}${name}` };
      return [name, { name, summary, contentType: "application/json", payload, examples }];
    }),
  );
}

function refsTo(messages: typeof SENT_MESSAGES) {
  return Object.keys(messages).map((name) => ({ $ref: `#/channels/stream/messages/${name}` }));
}

let document: string | undefined;

/** The AsyncAPI document of the stream as JSON, generated from the schemas that validate the messages. */
export function asyncApiText(): string {
  document ??= JSON.stringify({
    asyncapi: "3.0.0",
    info: {
      title: "Edgebook, the stream",
      version: API_VERSION,
      description:
        "Market data and order entry over one WebSocket. The venue answers the plain text `ping` with `pong`.",
      license: { name: "MIT" },
    },
    defaultContentType: "application/json",
    servers: {
      local: { host: "localhost:3000", protocol: "ws", description: "The venue that `npm start` runs." },
    },
    channels: {
      stream: {
        address: "/stream",
        title: "One instrument",
        messages: { ...messagesOf(SENT_MESSAGES), ...messagesOf(REQUESTS) },
        bindings: {
          ws: {
            method: "GET",
            query: createSchema(connectionQuery, { io: "input", schemaRefPath: SCHEMA_PATH }).schema,
            bindingVersion: "0.1.0",
          },
        },
      },
    },
    operations: {
      tell: {
        action: "send",
        channel: { $ref: "#/channels/stream" },
        summary: "Messages that the venue sends",
        messages: refsTo(SENT_MESSAGES),
      },
      ask: {
        action: "receive",
        channel: { $ref: "#/channels/stream" },
        summary: "Messages that a client sends",
        messages: refsTo(REQUESTS),
      },
    },
    components: { schemas: messageSchemas() },
  });
  return document;
}
