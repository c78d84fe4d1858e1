import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Gateway, startGateway } from "../../dev/gateway/gateway.ts";
import { startVenue, type VenueProcess } from "../../host/venue.ts";
import { eventually } from "../mirror/mirrored-venue.ts";
import { freePort } from "../support/free-port.ts";
import { place } from "../system/support/calls.ts";
import { temporaryFolder } from "../system/support/venue-runner.ts";

const SECRETS = ["secret-password", "secret-token", "secret-user"];
const [PASSWORD, TOKEN, USER] = SECRETS;
const NO_TABLES = `postgres://${USER}:${PASSWORD}@127.0.0.1:1/none`;

/** Answers like a bad proxy, with everything that it was sent. */
let telling: Server;
let gateway: Gateway;
let venue: VenueProcess | undefined;
let folder: string;

beforeAll(async () => {
  // An instrument with events accepts orders whatever happens to the databases.
  folder = temporaryFolder();
  venue = await startVenue({ dataFolder: folder, onLog: () => {} });
  await place(venue.url, {});
  await venue.stop("SIGKILL");
  gateway = await startGateway({ postgres: { url: NO_TABLES }, log: () => {} });
  telling = createServer((request, response) => {
    const status = request.url === "/sql" ? 503 : 400;
    request.resume().on("end", () => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify({ error: `WRONGPASS ${SECRETS} ${JSON.stringify(request.headers)}` }));
    });
  }).listen(0, "127.0.0.1");
  await once(telling, "listening");
});
afterEach(() => venue?.stop("SIGKILL"));
afterAll(async () => {
  await gateway?.close();
  telling?.close();
});

/** The last error of each sink in `/healthz`, with both sinks at one address. */
async function lastErrorsAt(url: string): Promise<Record<string, string | null>> {
  venue = await startVenue({
    dataFolder: folder,
    vars: {
      DATABASE_URL: NO_TABLES,
      NEON_FETCH_ENDPOINT: `${url}/sql`,
      UPSTASH_REDIS_REST_URL: url,
      UPSTASH_REDIS_REST_TOKEN: TOKEN,
    },
    onLog: () => {},
  });
  const { url: address } = venue;
  return eventually(async () => {
    const text = await (await fetch(`${address}/healthz`)).text();
    for (const secret of SECRETS) expect(text).not.toContain(secret);
    // Instruments that have never traded wait until the database confirms that they are new.
    const { status, instruments } = JSON.parse(text);
    const [first, second] = instruments;
    expect([status, first.status, second.status]).toEqual(["unavailable", "degraded", "unavailable"]);
    expect(second.order_refusal).toMatchObject({ code: "frozen" });
    const told = first.outbox.map((sink: Record<string, string | null>) => [sink.sink, sink.last_error]);
    for (const [, error] of told) expect(error).not.toBeNull();
    return Object.fromEntries(told);
  });
}

test("a host that refuses connections is reported as such", async () => {
  const refused = "the connection was refused or cut";
  expect(await lastErrorsAt(`http://127.0.0.1:${await freePort()}`)).toEqual({
    postgres: refused,
    redis: `RedisError: ${refused}`,
  });
});

test("a database that refuses the gateway's connections is reported as such", async () => {
  expect(await lastErrorsAt(gateway.url)).toEqual({
    postgres: "NeonDbError: HTTP 502, the database refuses connections",
    redis: "RedisError ERR",
  });
});

test("an answer that contains the request is reported by its status and its first word", async () => {
  const { port } = telling.address() as AddressInfo;
  expect(await lastErrorsAt(`http://127.0.0.1:${port}`)).toEqual({
    postgres: "NeonDbError: HTTP 503",
    redis: "RedisError WRONGPASS",
  });
});
