import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import * as z from "zod";
import { edgeCount } from "../../../host/edge-count.ts";
import { type EdgedVenue, startEdgedVenue } from "../../../host/edged-venue.ts";
import { Edges } from "../../../host/edges.ts";
import { startVenue as startWorkerd } from "../../../host/venue.ts";
import { ApiClient } from "../../../load/api-client.ts";
import { placedOrder } from "../../../protocol/order-entry.ts";
import { eventually } from "../../mirror/mirrored-venue.ts";
import { documentedMetrics, metricFamilies, namingProblems } from "../../support/metric-names.ts";
import { Random } from "../../support/random.ts";
import { place, post } from "../support/calls.ts";
import { LinkCutter } from "../support/link-cutter.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { temporaryFolder } from "../support/venue-runner.ts";

/** A client may have this many open orders by default. */
const OPEN_ORDERS_MAX = 1_000;
const listedOrders = z.object({ orders: z.array(z.object({ order_id: z.string() })) });

interface Started {
  readonly venue: EdgedVenue;
  /** The events of the supervisor. */
  readonly events: string[];
  /** The lines of the edges. */
  readonly lines: string[];
}

async function startVenue(edges = 2): Promise<Started> {
  const events: string[] = [];
  const lines: string[] = [];
  const venue = await startEdgedVenue({
    dataFolder: temporaryFolder(),
    edges,
    edgesHost: { onLines: (more) => lines.push(...more), log: (_level, event) => events.push(event) },
    onLog: "discard",
  });
  onTestFinished(() => venue.stop("SIGKILL"));
  return { venue, events, lines };
}

/** Places orders one after the other, each with a key, until it is stopped. Each is resolved in the end. */
function placeOrders(url: string, client: string) {
  let isOver = false;
  const acknowledged: string[] = [];
  let unanswered = 0;
  const send = (key: string) =>
    post(`${url}/orders`, {
      ...{ client_id: client, instrument: "BTC-USD", side: "buy", type: "limit" },
      ...{ price: "100", quantity: "1", idempotency_key: key },
    });
  const resolve = async (key: string): Promise<string> => {
    for (;;) {
      const response = await send(key).catch(() => undefined);
      if (response?.status === 201) return placedOrder.parse(await response.json()).order_id;
      expect([undefined, 502, 503]).toContain(response?.status);
      unanswered++;
      await sleep(5);
    }
  };
  const run = async () => {
    for (let number = 0; !isOver && number < OPEN_ORDERS_MAX; number++)
      acknowledged.push(await resolve(`${client}-${number}`));
  };
  const running = run();
  return {
    finish: async () => {
      isOver = true;
      await running;
      return { acknowledged, unanswered };
    },
  };
}

async function openOrders(url: string, client: string): Promise<string[]> {
  const ids: string[] = [];
  for (let before: string | undefined; ; ) {
    const query = new URLSearchParams({
      ...{ client_id: client, instrument: "BTC-USD", status: "open", limit: "500" },
      ...(before === undefined ? {} : { before }),
    });
    const { orders } = listedOrders.parse(await (await fetch(`${url}/orders?${query}`)).json());
    ids.push(...orders.map(({ order_id }) => order_id));
    if (orders.length === 0) return ids;
    before = ids.at(-1);
  }
}

test("edges that are killed under load are replaced, and nothing is lost or done twice", async () => {
  const { venue, events } = await startVenue();
  const clients = Array.from({ length: 8 }, (_, index) => `client-${index}`);
  const placing = clients.map((client) => placeOrders(venue.url, client));
  const killed: number[] = [];
  for (let round = 0; round < 4; round++) {
    await sleep(150);
    const pid = venue.edgePids()[round % 2] ?? 0;
    killed.push(pid);
    process.kill(pid, "SIGKILL");
    await eventually(async () => expect(venue.edgePids()).not.toContain(pid));
  }
  await sleep(300);
  const results = await Promise.all(placing.map(({ finish }) => finish()));
  for (const [index, { acknowledged }] of results.entries()) {
    expect(acknowledged.length).toBeGreaterThan(0);
    const open = await openOrders(venue.url, `client-${index}`);
    expect(open.toSorted()).toEqual(acknowledged.toSorted());
  }
  expect(results.some(({ unanswered }) => unanswered > 0)).toBe(true);
  expect(events.filter((event) => event === "edge_ended")).toHaveLength(killed.length);
}, 60_000);

test("an edge that stands still gets no new connections, and goes on afterwards", async () => {
  const { venue } = await startVenue();
  const [stalled = 0] = venue.edgePids();
  process.kill(stalled, "SIGSTOP");
  onTestFinished(() => void process.kill(stalled, "SIGCONT"));
  await sleep(2_000);
  const time = async () => {
    const response = await fetch(`${venue.url}/public/time`, {
      headers: { connection: "close" },
      signal: AbortSignal.timeout(5_000),
    });
    return response.status;
  };
  expect(await Promise.all(Array.from({ length: 20 }, time))).toEqual(Array(20).fill(200));
  process.kill(stalled, "SIGCONT");
  await eventually(async () => expect(await time()).toBe(200));
  expect(venue.edgePids()).toContain(stalled);
});

test("connections wait while the only edge is replaced", async () => {
  const { venue, events } = await startVenue(1);
  process.kill(venue.edgePids()[0] ?? 0, "SIGKILL");
  await eventually(async () => expect(events).toContain("edge_ended"));
  expect((await fetch(`${venue.url}/public/time`)).status).toBe(200);
});

test("a connection for the stream passes through, with its own Host and what it sends first", async () => {
  const { venue } = await startVenue();
  const url = `${venue.url.replace("http", "ws")}/stream?channels=ticker`;
  const peer = await RawPeer.open(url);
  const order = await place(venue.url);
  await eventually(async () => expect(peer.received).toContain('"bid":{"price":"50000.00"'));
  expect(order.status).toBe("open");
  // A loopback address answers only under loopback names, through an edge too.
  await expect(RawPeer.open(url, { host: "elsewhere.example" })).rejects.toThrow("answered 421");
});

test("what a client is sent before it is disconnected arrives, and its close code too", async () => {
  const { venue } = await startVenue();
  const peer = await RawPeer.open(`${venue.url.replace("http", "ws")}/stream?channels=`);
  // Ten messages that cannot be read end a connection, each with an answer.
  for (let count = 0; count < 10; count++) peer.text("{");
  await eventually(async () => expect(peer.closeText).toContain("too many unreadable messages"));
  expect(peer.received.match(/malformed_message/g)).toHaveLength(9);
  peer.cut("fin");
  await peer.ended;
});

test("the metrics of all edges are those of any, and agree with the document", async () => {
  const { venue } = await startVenue();
  const text = async () => {
    const response = await fetch(`${venue.url}/metrics`, { headers: { connection: "close" } });
    return response.text();
  };
  const requests = (body: string, edge: number) =>
    Number(
      new RegExp(`^edgebook_edge_requests_total\\{edge="${edge}",status="2xx"\\} (\\d+)$`, "m").exec(
        body,
      )?.[1],
    );
  for (let count = 0; count < 6; count++) await text();
  const told = await text();
  // Connections go to the edges in turn, and the request that asks is not answered yet.
  expect([requests(told, 0), requests(told, 1)]).toEqual([3, 3]);
  const families = metricFamilies(told);
  expect(namingProblems(families)).toEqual([]);
  const ofEdges = ({ name }: { name: string }) => /^edgebook_(?:edge|link)_/.test(name);
  expect(families.filter(ofEdges).map(({ name, type, labels }) => ({ name, type, labels }))).toEqual(
    documentedMetrics().filter(ofEdges),
  );
  const [stalled = 0] = venue.edgePids();
  process.kill(stalled, "SIGSTOP");
  onTestFinished(() => void process.kill(stalled, "SIGCONT"));
  await sleep(2_000);
  expect(await text()).toContain('edgebook_edge_up{edge="0"} 0\nedgebook_edge_up{edge="1"} 1\n');
});

test("a link that is cut in the middle of messages loses nothing, and nothing is done twice", async () => {
  const linkSecret = "of-this-test";
  const workerd = await startWorkerd({ dataFolder: temporaryFolder(), linkSecret, onLog: "discard" });
  onTestFinished(() => workerd.stop("SIGKILL"));
  const cutter = new LinkCutter(workerd.linkPort, new Random(7));
  onTestFinished(() => cutter.close());
  const edges = new Edges(2, { onLines: () => {}, log: () => {} });
  onTestFinished(() => edges.stop());
  const port = await edges.start(
    { hosts: ["127.0.0.1"], port: 0 },
    { workerdPort: workerd.port, linkPort: await cutter.listen(), linkSecret, vars: workerd.vars },
  );
  const url = `http://127.0.0.1:${port}`;
  const placing = Array.from({ length: 8 }, (_, index) => placeOrders(url, `client-${index}`));
  await eventually(async () => expect(cutter.cuts).toBeGreaterThanOrEqual(10));
  cutter.isOver = true;
  const results = await Promise.all(placing.map(({ finish }) => finish()));
  for (const [index, { acknowledged }] of results.entries())
    expect((await openOrders(url, `client-${index}`)).toSorted()).toEqual(acknowledged.toSorted());
  expect(results.some(({ unanswered }) => unanswered > 0)).toBe(true);
}, 60_000);

test("an idle connection stays open for longer than a proxy's pool keeps it", async () => {
  const { venue } = await startVenue(1);
  const response = await fetch(`${venue.url}/public/time`);
  expect(response.headers.get("keep-alive")).toBe("timeout=75");
});

test("a stop lets what is under way finish, and loses no line of the log", async () => {
  const { venue, lines } = await startVenue();
  const { hostname, port } = new URL(venue.url);
  const slow = connect({ host: hostname, port: Number(port) });
  let answer = "";
  slow.setEncoding("utf8").on("data", (text) => {
    answer += text;
  });
  const body =
    '{"client_id":"a","instrument":"BTC-USD","side":"buy","type":"limit","price":"1","quantity":"1"}';
  slow.write(
    "POST /orders HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n" +
      `x-request-id: slow-one\r\ncontent-length: ${body.length}\r\n\r\n${body.slice(0, 10)}`,
  );
  await sleep(200);
  const stopped = venue.stop();
  await sleep(200);
  slow.write(body.slice(10));
  await once(slow, "close");
  await stopped;
  expect(answer).toMatch(/^HTTP\/1.1 201 /);
  await eventually(async () => expect(lines.some((line) => line.includes("slow-one"))).toBe(true));
});

describe("EDGES", () => {
  test.each([
    [undefined, 1, 1],
    ["", 2, 1],
    [undefined, 4, 3],
    [undefined, 64, 8],
    ["0", 4, 0],
    ["5", 2, 5],
  ])("%s on %i cores means %i", (text, cores, count) => {
    expect(edgeCount(text, cores)).toBe(count);
  });

  test.each(["-1", "1.5", "65", "many"])("%s is refused", (text) => {
    expect(() => edgeCount(text, 2)).toThrow("EDGES must be a whole number from 0 to 64");
  });
});

test("a venue whose port is in use does not start, and leaves nothing behind", async () => {
  const { venue } = await startVenue(1);
  const second = startEdgedVenue({
    dataFolder: temporaryFolder(),
    edges: 2,
    port: venue.port,
    edgesHost: { onLines: () => {}, log: () => {} },
    onLog: "discard",
  });
  await expect(second).rejects.toThrow("EADDRINUSE");
  expect(await new ApiClient(venue.url).orderBook("BTC-USD", 1)).toMatchObject({ bids: [] });
});
