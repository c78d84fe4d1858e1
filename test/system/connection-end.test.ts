import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { startVenue, type VenueProcess } from "../../host/venue.ts";
import { ApiClient } from "../../load/api-client.ts";
import { Random } from "../support/random.ts";
import { place } from "./support/calls.ts";
import { type Cut, RawPeer } from "./support/raw-peer.ts";
import { temporaryFolder } from "./support/venue-runner.ts";

const SEED = 10_006;
/** An idle object sleeps after about 10 s. */
const ASLEEP_MS = 13_000;
const ROOM = { timeout: 20_000, interval: 100 };
/** Codes that must not be sent, at the edges of the ranges, and some that an endpoint may send. */
const CODES = [
  0, 1, 999, 1000, 1001, 1003, 1004, 1005, 1006, 1007, 1010, 1011, 1012, 1014, 1015, 1016, 1999, 2000, 2999,
  3000, 3999, 4000, 4999, 5000, 32_768, 65_534, 65_535,
];
const NOT_UTF8 = Buffer.from([0xc3, 0x28, 0xff]);

/** The last thing that a peer sends. */
interface End {
  readonly name: string;
  readonly say: (peer: RawPeer) => void;
  /** Whether it ends the connection, without a cut. */
  readonly endsAlone: boolean;
  /** The venue's answer; not checked if it is absent. */
  readonly answer?: number;
}

/** Ends drawn from a seed: close frames of all kinds, other bytes, and nothing. */
function drawEnds(random: Random): End[] {
  const reasons = () => [
    Buffer.alloc(0),
    Buffer.from("bye"),
    Buffer.from("é".repeat(61)),
    NOT_UTF8,
    Buffer.from("x".repeat(random.between(1, 123))),
  ];
  const codes = [...CODES, ...Array.from({ length: 20 }, () => random.between(0, 65_535))];
  const oddOnes = [0, 1000, 1006, 65_535].flatMap((code) => reasons().map((reason) => closing(code, reason)));
  const half = { endsAlone: false, name: "half a frame" };
  return [
    ...codes.map((code) => closing(code, random.pick(reasons()))),
    ...oddOnes,
    { name: "no code", say: (peer) => peer.close(Buffer.alloc(0)), endsAlone: true },
    { name: "half a code", say: (peer) => peer.close(Buffer.from([3])), endsAlone: true },
    { name: "a close of 200 bytes", say: (peer) => peer.close(Buffer.alloc(200, 7)), endsAlone: true },
    { name: "a close in parts", say: (peer) => peer.frame(0x18, Buffer.from([3, 232])), endsAlone: true },
    { name: "a frame of no kind", say: (peer) => peer.frame(0x8b, Buffer.from("x")), endsAlone: true },
    { name: "two closes", say: (peer) => [0, 4999].map((code) => sayClose(peer, code)), endsAlone: true },
    { name: "a text of bad UTF-8", say: (peer) => peer.frame(0x81, NOT_UTF8), endsAlone: false },
    { ...half, say: (peer) => peer.raw(Buffer.from([0x88, 0xfe, 0xff])) },
    { name: "nothing", say: () => {}, endsAlone: false },
  ];
}

function closing(code: number, reason: Buffer<ArrayBuffer>): End {
  const isAllowed = (code >= 1000 && code <= 1014) || (code >= 3000 && code <= 4999);
  const named = `close ${code} ${reason.toString("hex").slice(0, 8)}`;
  const say = (peer: RawPeer) => sayClose(peer, code, reason);
  if (code >= 1004 && code <= 1006) return { name: named, say, endsAlone: true };
  return { name: named, say, endsAlone: true, answer: isAllowed ? code : 1002 };
}

function sayClose(peer: RawPeer, code: number, reason = Buffer.alloc(0)): void {
  peer.close(Buffer.concat([Buffer.from([code >> 8, code & 255]), reason]));
}

describe("whatever a peer sends last, its connection ends once", () => {
  const log: string[] = [];
  let venue: VenueProcess;
  let host: VenueProcess;

  beforeAll(async () => {
    venue = await startVenue({ dataFolder: temporaryFolder(), onLog: (line) => log.push(line) });
    const vars = { STREAM_UPSTREAM: venue.url, STREAM_RELAYS: "1" };
    host = await startVenue({ dataFolder: temporaryFolder(), vars, onLog: "discard" });
  });
  afterAll(async () => {
    await host?.stop("SIGKILL");
    await venue?.stop("SIGKILL");
  });

  /** The number of connections that the instrument counts. */
  const sockets = async () => {
    const text = await (await fetch(`${venue.url}/metrics`)).text();
    return Number(/^edgebook_stream_sockets\{instrument="BTC-USD"\} (\d+)$/m.exec(text)?.[1]);
  };
  const open = (url: string, query: string) => RawPeer.open(`${url}/stream?${query}`);
  /** The clients whose connections have ended, by the log, once per log line. */
  const ended = (prefix: string) =>
    log
      .filter((line) => line.includes('"event":"connection_ended"'))
      .map((line) => JSON.parse(line).client_id)
      .filter((clientId) => clientId.startsWith(prefix))
      .sort();

  test.each([
    ["venue", "fin"],
    ["venue", "reset"],
    ["venue", "stay"],
    ["relay", "fin"],
    ["relay", "reset"],
    ["relay", "stay"],
  ] as const)("and its orders with it (%s, TCP: %s)", async (through, cut: Cut) => {
    const { url } = through === "venue" ? venue : host;
    const ends = drawEnds(new Random(SEED));
    const nameOf = (index: number) => `${through}-${cut}-${index}`;
    const peers = await Promise.all(
      ends.map(async (_, index) => {
        const query = `channels=executions&client_id=${nameOf(index)}&cancel_on_disconnect=true`;
        const peer = await open(url, query);
        await place(venue.url, { client_id: nameOf(index), price: index + 1, quantity: 1 });
        return peer;
      }),
    );
    expect(await sockets()).toBe(ends.length);
    for (const [index, peer] of peers.entries()) {
      ends[index]?.say(peer);
      peer.cut(cut);
    }
    const isLeft = (index: number) => cut === "stay" && ends[index]?.endsAlone === false;
    const left = ends.flatMap(({ name }, index) => (isLeft(index) ? [name] : []));
    await vi.waitFor(async () => {
      const { bids } = await new ApiClient(venue.url).orderBook("BTC-USD", 1000);
      const names = bids.map(({ price }) => ends[Number(price) - 1]?.name);
      expect(names.reverse(), "whose orders are left").toEqual(left);
      expect(await sockets()).toBe(left.length);
    }, ROOM);
    const answers = ends.map(({ name, answer }, index) => [name, answer && peers[index]?.closeCode]);
    if (cut !== "reset") expect(answers).toEqual(ends.map(({ name, answer }) => [name, answer]));
    for (const peer of peers) peer.destroy();
    const all = ends.map((_, index) => nameOf(index)).sort();
    await vi.waitFor(async () => expect(ended(`${through}-${cut}-`)).toEqual(all), ROOM);
    expect(await sockets()).toBe(0);
  });

  test.each(["fin", "reset", "stay"] as const)("at a relay too (TCP: %s)", async (cut) => {
    const ends = drawEnds(new Random(SEED + 1)).filter(({ endsAlone }) => endsAlone || cut !== "stay");
    const peers = await Promise.all(ends.map(() => open(host.url, "channels=trades")));
    await vi.waitFor(async () => expect(await sockets()).toBe(1), ROOM);
    for (const [index, peer] of peers.entries()) {
      ends[index]?.say(peer);
      peer.cut(cut);
    }
    // A relay without subscribers follows nothing.
    await vi.waitFor(async () => expect(await sockets()).toBe(0), ROOM);
    for (const peer of peers) peer.destroy();
  });
});

test("a connection that the venue has ended does not return when the instrument has slept", async () => {
  const log: string[] = [];
  const venue = await startVenue({ dataFolder: temporaryFolder(), onLog: (line) => log.push(line) });
  onTestFinished(() => venue.stop("SIGKILL"));
  const peer = await RawPeer.open(`${venue.url}/stream?channels=&client_id=mute&cancel_on_disconnect=true`);
  onTestFinished(() => peer.destroy());
  const { order_id } = await place(venue.url, { client_id: "mute" });
  for (let fault = 0; fault < 10; fault++) peer.text("{");
  await vi.waitFor(() => expect(peer.closeText).toContain("cannot be read"), ROOM);
  const readMetrics = async () => (await fetch(`${venue.url}/metrics`)).text();
  const startOf = (text: string) =>
    /^edgebook_instrument_start_time_seconds\{instrument="BTC-USD"\} .*$/m.exec(text);
  const startBefore = startOf(await readMetrics())?.[0];
  await sleep(ASLEEP_MS);
  const metrics = await readMetrics();
  expect(startOf(metrics)?.[0], "it has slept").not.toBe(startBefore);
  expect(metrics).toContain('edgebook_stream_sockets{instrument="BTC-USD"} 0');
  peer.text('{"op":"place","body":{"side":"buy","type":"limit","price":"1","quantity":"1"}}');
  peer.cut("fin");
  await peer.ended;
  const order = await (await fetch(`${venue.url}/public/orders/${order_id}`)).json();
  expect(order).toMatchObject({ status: "cancelled" });
  expect((await new ApiClient(venue.url).orderBook("BTC-USD", 1)).bids).toEqual([]);
  expect(log.filter((line) => line.includes("connection_ended"))).toHaveLength(1);
});
