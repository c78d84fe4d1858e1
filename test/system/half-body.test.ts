import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { VenueProcess } from "../../host/venue.ts";
import { place } from "./support/calls.ts";
import { HOSTS } from "./support/hosts.ts";
import { temporaryFolder } from "./support/venue-runner.ts";

let venue: VenueProcess;
const log: string[] = [];

const HEAD = "POST /orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
const HALVES = [
  `${HEAD}Content-Length: 100\r\n\r\n{"client_id":`,
  `${HEAD}Transfer-Encoding: chunked\r\n\r\nd\r\n{"client_id":\r\n`,
  `${HEAD}Content-Length: 100\r\n\r\n`,
];

async function open(head: string) {
  const { hostname, port } = new URL(venue.url);
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  socket.write(head);
  return socket;
}

describe.each(HOSTS)("%s", (_host, startVenue) => {
  beforeAll(async () => {
    log.length = 0;
    venue = await startVenue({ dataFolder: temporaryFolder(), onLog: (line) => void log.push(line) });
  });
  afterAll(() => venue?.stop());

  test("half a body that never ends gets 408, and others are served meanwhile", async () => {
    const sockets = await Promise.all(HALVES.map(open));
    await place(venue.url);
    const answers = await Promise.all(
      sockets.map(async (socket) => {
        const [first] = await once(socket, "data");
        socket.end();
        return String(first) + (await text(socket));
      }),
    );
    for (const answer of answers) {
      expect(answer).toMatch(/^HTTP\/1\.1 408 /);
      expect(answer).toContain('"code":"body_timeout"');
    }
    expect(log.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  });

  test("a client that disconnects in the middle of a body causes no error in the log", async () => {
    for (const half of HALVES) (await open(half)).destroy();
    await place(venue.url);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(log.filter((line) => /"level":"error"|"status":5/.test(line))).toEqual([]);
  });
});
