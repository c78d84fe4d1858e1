import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket as HeaderSocket } from "ws";
import { startVenue, type VenueProcess } from "../../host/venue.ts";
import { place, readBook } from "./support/calls.ts";
import { RawPeer } from "./support/raw-peer.ts";
import { temporaryFolder } from "./support/venue-runner.ts";

const ELSEWHERE = "https://elsewhere.example";
const PUBLIC = "https://venue.example";

describe("where requests come from", () => {
  let venue: VenueProcess;
  let host: VenueProcess;

  beforeAll(async () => {
    const vars = { PUBLIC_ORIGIN: PUBLIC };
    venue = await startVenue({ dataFolder: temporaryFolder(), onLog: "discard" });
    const relays = { ...vars, STREAM_UPSTREAM: venue.url, STREAM_RELAYS: "1" };
    host = await startVenue({ dataFolder: temporaryFolder(), vars: relays, onLog: "discard" });
  });
  afterAll(async () => {
    await host?.stop("SIGKILL");
    await venue?.stop("SIGKILL");
  });

  /** Sends a request verbatim, since `fetch` sets Host and Origin itself. @returns status and answer. */
  async function ask(
    url: string,
    target: string,
    headers: Record<string, string>,
  ): Promise<[number, string]> {
    const { hostname, port, host: own } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port) });
    const lines = Object.entries({ host: own, connection: "close", ...headers });
    const length = target.startsWith("POST") ? "content-length: 0\r\n" : "";
    const text = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
    socket.write(`${target} HTTP/1.1\r\n${text}${length}\r\n`);
    let answer = "";
    socket.on("data", (bytes) => {
      answer += bytes;
    });
    await once(socket, "close");
    return [Number(answer.slice(9, 12)), answer];
  }

  test.each(["venue", "relay"])(
    "another site's page cancels nothing, the venue's own does (%s)",
    async (at) => {
      const { url } = at === "venue" ? venue : host;
      const { order_id } = await place(venue.url);
      const cancel = `POST /orders/${order_id}/cancel`;
      for (const origin of [
        ELSEWHERE,
        "null",
        "http://localhost",
        venue.url === url ? host.url : venue.url,
      ]) {
        const [status, answer] = await ask(url, cancel, { origin });
        expect([status, answer], origin).toEqual([403, expect.stringContaining('"code":"forbidden"')]);
      }
      expect((await readBook(venue.url)).bids).toHaveLength(1);
      expect((await ask(url, cancel, { origin: url.toUpperCase().replace("HTTP", "http") }))[0]).toBe(200);
      expect((await readBook(venue.url)).bids).toEqual([]);
      const [closed] = await ask(url, cancel, {});
      expect(closed, "without Origin").toBe(409);
    },
  );

  test("a page at the public origin of a relay host may", async () => {
    const { order_id } = await place(venue.url);
    const cancel = `POST /orders/${order_id}/cancel`;
    const headers = { origin: PUBLIC, host: "venue.example" };
    expect((await ask(venue.url, cancel, headers))[0], "of which the venue knows nothing").toBe(421);
    expect((await ask(host.url, cancel, headers))[0]).toBe(200);
    expect((await ask(host.url, cancel, { origin: PUBLIC }))[0], "Host is rewritten").toBe(409);
  });

  test.each(["venue", "relay"])("a foreign name that resolves here is refused (%s)", async (at) => {
    const { url } = at === "venue" ? venue : host;
    const { port } = new URL(url);
    const orders = "GET /orders?client_id=me&status=open";
    for (const name of [
      "elsewhere.example",
      `elsewhere.example:${port}`,
      `localhost.elsewhere.example:${port}`,
    ]) {
      const [status, answer] = await ask(url, orders, { host: name, origin: `http://${name}` });
      expect([status, answer], name).toEqual([421, expect.stringContaining("misdirected_request")]);
      const stream = RawPeer.open(`${url}/stream`, { host: name });
      await expect(stream, "a stream").rejects.toThrow("answered 421");
    }
    for (const name of [`localhost:${port}`, "LOCALHOST", `127.0.0.1:${port}`, `[::1]:${port}`])
      expect((await ask(url, orders, { host: name }))[0], name).toBe(200);
  });

  test.each(["venue", "relay"])(
    "another site's page reads the stream and changes nothing (%s)",
    async (at) => {
      const { url } = at === "venue" ? venue : host;
      const { order_id } = await place(venue.url);
      for (const query of ["", "?channels=trades"]) {
        const socket = new HeaderSocket(`${url.replace("http", "ws")}/stream${query}`, { origin: ELSEWHERE });
        const answers: unknown[] = [];
        socket.on("message", (data) => {
          const { type, status, body } = JSON.parse(String(data));
          if (type === "answer") answers.push([status, body.code]);
        });
        await once(socket, "open");
        const requests = [
          { op: "cancel", order_id },
          { op: "cancel_all" },
          { op: "cancel_after", body: { seconds: 0 } },
          { op: "place", body: {} },
        ];
        for (const request of requests) socket.send(JSON.stringify({ ...request, request_id: "r" }));
        while (answers.length < requests.length) await once(socket, "message");
        expect(answers).toEqual(requests.map(() => [403, "forbidden"]));
        socket.close();
      }
      expect((await readBook(venue.url)).bids).not.toEqual([]);
      expect((await ask(venue.url, `POST /orders/${order_id}/cancel`, {}))[0]).toBe(200);
    },
  );
});
