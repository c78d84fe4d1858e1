import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { WebSocket as HeaderSocket } from "ws";
import type { BookState } from "../../client/book-state.ts";
import { Client } from "../../client/client.ts";
import { startVenue, type VenueProcess } from "../../host/venue.ts";
import { ApiClient } from "../../load/api-client.ts";
import { CHANNELS } from "../../protocol/feed/feed-channel.ts";
import { problem } from "../../protocol/problem.ts";
import { freePort } from "../support/free-port.ts";
import { Random } from "../support/random.ts";
import { place, post, readBook } from "./support/calls.ts";
import { temporaryFolder } from "./support/venue-runner.ts";

const ROOM = { timeout: 20_000, interval: 100 };

describe("a relay host beside the venue", () => {
  const dataFolder = temporaryFolder();
  const random = new Random(78);
  const clients: Client[] = [];
  let venue: VenueProcess;
  let host: VenueProcess;

  beforeAll(async () => {
    venue = await startVenue({ dataFolder, port: await freePort(), onLog: "discard" });
    const vars = { STREAM_UPSTREAM: venue.url, STREAM_RELAYS: "2,2" };
    host = await startVenue({ dataFolder: temporaryFolder(), vars, onLog: "discard" });
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    await host?.stop("SIGKILL");
    await venue?.stop("SIGKILL");
  });

  const clientOf = (options: Partial<ConstructorParameters<typeof Client>[0]> = {}) => {
    const client = new Client({ url: host.url, ...options });
    clients.push(client);
    return client;
  };
  const trade = async (count: number) => {
    for (let placed = 0; placed < count; placed++)
      await place(host.url, {
        side: random.pick(["buy", "sell"]),
        price: random.between(95, 105),
        quantity: random.between(1, 5),
      });
  };

  test("passes orders on and serves the venue's own book, also after the venue was killed", async () => {
    const channels = CHANNELS.filter((channel) => channel !== "executions");
    const client = clientOf({ instrument: "BTC-USD" });
    const subscriptions = channels.map((channel) => client.subscribe(channel));
    const port = Number(new URL(venue.url).port);
    for (let round = 0; round < 2; round++) {
      await trade(30);
      const { bids, asks, sequence } = await new ApiClient(venue.url).orderBook("BTC-USD", 1000);
      await vi.waitFor(() => {
        const book = subscriptions.find(({ channel }) => channel === "book");
        const state = book?.state as BookState | undefined;
        expect({ bids: state?.bids, asks: state?.asks, seq: book?.seq }).toEqual({
          bids,
          asks,
          seq: sequence,
        });
      }, ROOM);
      expect(await readBook(host.url)).toEqual(await readBook(venue.url));
      await venue.stop("SIGKILL");
      expect(await refusalOf(fetch(`${host.url}/public/orderbook`))).toBe("outcome_unknown");
      venue = await startVenue({ dataFolder, port, onLog: "discard" });
    }
    for (const { channel, faults, seq } of subscriptions)
      expect({ faults, hasBegun: seq !== undefined }, channel).toEqual({ faults: 0, hasBegun: true });
  });

  test("passes on a client's connection, and a connection without channels", async () => {
    const own = clientOf({ clientId: "client-A" });
    const executions = own.subscribe("executions");
    const { status, body } = await own.place({ side: "buy", type: "limit", price: "90", quantity: "1" });
    expect({ status, body }).toMatchObject({ status: 201, body: { client_id: "client-A" } });
    const { order_id } = body as { order_id: string };
    await vi.waitFor(() => expect([...executions.state.orders.keys()]).toContain(order_id), ROOM);
    const plain = new WebSocket(`${host.url.replace("http", "ws")}/stream`);
    const first = await new Promise((resolve) => {
      plain.addEventListener("message", ({ data }) => resolve(JSON.parse(String(data))), { once: true });
    });
    plain.close();
    expect(first).toMatchObject({ type: "snapshot", instrument: "BTC-USD" });
  });

  test("answers as the venue does, status, headers and problems", async () => {
    for (const path of [
      "/public/instruments",
      "/nowhere",
      "//public/instruments",
      "/public/trades?limit=x",
      "/docs",
    ]) {
      const [here, there] = await Promise.all([fetch(host.url + path), fetch(venue.url + path)]);
      const told = ({ status, headers }: Response) => ({ status, type: headers.get("content-type") });
      expect(told(here), path).toEqual(told(there));
      const [text, expected] = [await here.text(), await there.text()];
      const withoutId = (all: string) => all.replace(/"request_id":"[^"]*"/, "");
      expect(withoutId(text), path).toBe(withoutId(expected));
    }
    expect(await refusalOf(post(`${host.url}/orders`, { side: "buy" }))).toBe("missing_field");
    const id = "a-request-of-mine";
    const echoed = await fetch(`${host.url}/healthz`, { headers: { "x-request-id": id } });
    expect(echoed.headers.get("x-request-id")).toBe(id);
  });

  test("opens no client's connection to a page of another site", async () => {
    const url = `${host.url.replace("http", "ws")}/stream?client_id=client-A`;
    const connect = (origin: string) =>
      new Promise((resolve) => {
        const socket = new HeaderSocket(url, { origin });
        socket.once("unexpected-response", (_, { statusCode }) => resolve(statusCode));
        socket.once("open", () => resolve("open"));
        socket.once("error", () => {});
      });
    expect(await connect("https://elsewhere.example")).toBe(403);
    expect(await connect(host.url)).toBe("open");
  });
});

async function refusalOf(answer: Promise<Response>): Promise<string> {
  return problem.parse(await (await answer).json()).code;
}
