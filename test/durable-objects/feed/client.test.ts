import { exports } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import { Client, Refused } from "../../../client/client.ts";

afterEach(() => void vi.unstubAllGlobals());

/** A socket that sends what the test makes it send. */
class SaidSocket extends EventTarget {
  readonly readyState = 1;
  readonly sent: string[] = [];
  send(text: string): void {
    this.sent.push(text);
  }
  close(): void {}
  say(seq: number): void {
    const where = { instrument: "BTC-USD", epoch: 1, seq, prev_seq: null, time: null };
    const data = JSON.stringify({ type: "snapshot", channel: "trades", ...where, trades: [] });
    this.dispatchEvent(new MessageEvent("message", { data }));
  }
}

test("messages on a connection that has ended are ignored", async () => {
  const sockets: SaidSocket[] = [];
  const connect = () => {
    const socket = new SaidSocket();
    sockets.push(socket);
    return socket as unknown as WebSocket;
  };
  const client = new Client({ url: "http://venue.test", connect });
  const seen: number[] = [];
  client.subscribe("trades", (_, { seq }) => seen.push(seq));
  await vi.waitFor(() => expect(sockets[0]?.sent).toHaveLength(1));
  sockets[0]?.say(1);
  sockets[0]?.dispatchEvent(new CloseEvent("close", { code: 1006 }));
  await vi.waitFor(() => expect(sockets[1]?.sent).toHaveLength(1));
  sockets[0]?.say(2);
  sockets[1]?.say(3);
  client.close();
  sockets[1]?.say(4);
  expect(seen).toEqual([1, 3]);
});

test("without WebSocket, the client throws at once", () => {
  vi.stubGlobal("WebSocket", undefined);
  expect(() => new Client({ url: "http://venue.test" })).toThrow("connect");
});

test("a custom connect function may report that the venue refuses permanently", async () => {
  const refusals: Refused[] = [];
  const options = { url: "http://venue.test", clientId: "me", cancelsOnDisconnect: true };
  const connect = async (url: string) => {
    const target = url.replace(/^ws/, "http").replace("client_id=me&", "");
    const { status, webSocket, ...response } = await answerOf(target);
    if (webSocket === null) throw new Refused(status, JSON.parse(response.text));
    return webSocket;
  };
  const client = new Client({ ...options, connect, onRefused: (refusal) => refusals.push(refusal) });
  await expect(client.place({ side: "buy", type: "market", quantity: "1" })).rejects.toThrow(
    "client_id is required",
  );
  expect(refusals).toMatchObject([{ status: 400, body: { code: "missing_field", field: "client_id" } }]);
});

async function answerOf(url: string) {
  const response = await exports.default.fetch(url, { headers: { upgrade: "websocket" } });
  const { status, webSocket } = response;
  return { status, webSocket, text: await response.text() };
}
