import { reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { readAttachment } from "../../../durable-objects/feed/attachment.ts";
import { CHANNELS, isPrivate } from "../../../protocol/feed/feed-channel.ts";
import { eventually } from "./feed-client.ts";

beforeEach(reset);

const { INSTRUMENTS } = env;
afterEach(() => void Object.assign(env, { INSTRUMENTS }));

const RELAY = "any/1.0";

/** Configures a number of instruments. @returns their names, which have the maximum length. */
function configure(count: number): string[] {
  const [first] = INSTRUMENTS as readonly object[];
  const names = Array.from({ length: count }, (_, index) => `I${index}-`.padEnd(32, "X"));
  const config = names.map((instrument, index) => ({ ...first, instrument, number: index + 1 }));
  Object.assign(env, { INSTRUMENTS: config });
  return names;
}

/** Connects to a specific relay, whatever the worker would choose. */
async function relaySocket(query: string) {
  const url = `http://venue.test/stream?${query}&place=${encodeURIComponent(RELAY)}`;
  const { webSocket } = await env.RELAY.getByName(RELAY).fetch(url, { headers: { upgrade: "websocket" } });
  if (webSocket === null) throw new Error("the relay accepted no connection");
  const messages: Record<string, unknown>[] = [];
  webSocket.addEventListener("message", ({ data }) => void messages.push(JSON.parse(String(data))));
  webSocket.accept();
  return { socket: webSocket, messages };
}

test("a connection may have every channel of fifty instruments, and they fit into its socket's attachment", async () => {
  const names = configure(50);
  const channels = CHANNELS.filter((channel) => !isPrivate(channel)).toReversed();
  const { socket, messages } = await relaySocket(`instrument=${names}&channels=${channels}`);
  await eventually(() => messages.length === names.length * channels.length);
  const kept = await runInDurableObject(env.RELAY.getByName(RELAY), (_, state) =>
    state.getWebSockets().map(readAttachment),
  );
  const topics = names.flatMap((name) => channels.map((channel) => `${name}/${channel}`));
  expect(kept).toEqual([{ faults: 0, topics, home: names[0], clientId: null, cancelsOnDisconnect: false }]);
  socket.close(1000);
});

test("a connection follows two hundred instruments, and more are refused", async () => {
  const names = configure(201);
  const { socket, messages } = await relaySocket(`instrument=${names.slice(0, 1)}&channels=`);
  const answers = () => messages.filter(({ type }) => type === "answer");
  for (const instrument of [...names, ...names.slice(0, 1)])
    socket.send(
      JSON.stringify({ op: "subscribe", channels: ["trades"], instrument, request_id: instrument }),
    );
  await vi.waitFor(() => expect(answers()).toHaveLength(202), { timeout: 30_000 });
  expect(answers().slice(199)).toMatchObject([
    { status: 200, body: { instrument: names[199], channels: ["trades"] } },
    { status: 400, request_id: names[200], body: { code: "invalid_value", field: "instrument" } },
    { status: 200 },
  ]);
  socket.close(1000);
});
