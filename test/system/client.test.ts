import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { Client, type ClientOptions, OutcomeUnknown, Refused } from "../../client/client.ts";
import { startVenue, type VenueProcess } from "../../host/venue.ts";
import { freePort } from "../support/free-port.ts";
import { temporaryFolder } from "./support/venue-runner.ts";

const LIMIT = { side: "buy", type: "limit", price: "100", quantity: "1" } as const;
const dataFolder = temporaryFolder();
const clients: Client[] = [];
let venue: VenueProcess;

beforeAll(async () => {
  venue = await startVenue({ dataFolder, onLog: "discard" });
});
afterAll(async () => {
  for (const client of clients) client.close();
  await venue?.stop("SIGKILL");
});

function clientOf(options: Partial<ClientOptions>): Client {
  const client = new Client({ url: venue.url, clientId: "me", ...options });
  clients.push(client);
  return client;
}

test.each([
  [{ clientId: "not a name" }, 400, "client_id"],
  [{ instrument: "NO-SUCH" }, 404, "instrument"],
])(
  "a client that may never connect, as with %j, gets the refusal, and its requests fail at once",
  async (options, status, field) => {
    const refusals: Refused[] = [];
    const client = clientOf({ ...options, onRefused: (refusal) => refusals.push(refusal) });
    await expect(client.place(LIMIT)).rejects.toThrow(Refused);
    expect(refusals).toMatchObject([{ status, body: { field } }]);
    await expect(client.place(LIMIT), "also later").rejects.toThrow(Refused);
    expect(refusals).toHaveLength(1);
  },
);

test("without a venue, a request fails in time, and is not sent later", async () => {
  const port = await freePort();
  const onRefused = vi.fn();
  const client = clientOf({ url: `http://127.0.0.1:${port}`, requestMsMax: 2_000, onRefused });
  await expect(client.place(LIMIT)).rejects.toThrow("nothing was sent");
  const there = await startVenue({ dataFolder: temporaryFolder(), port, onLog: "discard" });
  try {
    // A busy venue may place it and answer too late: then it is placed again.
    await vi.waitFor(() => client.place({ ...LIMIT, price: "7" }), { timeout: 20_000 });
    const { bids } = JSON.parse(await (await fetch(`${there.url}/public/orderbook`)).text());
    expect(bids, "nothing of the first request").toMatchObject([{ price: "7.00" }]);
  } finally {
    client.close();
    await there.stop("SIGKILL");
  }
  expect(onRefused).not.toHaveBeenCalled();
});

test("a wrong address is reported at once, and a request fails with the reason", async () => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const failures: Error[] = [];
  const client = clientOf({ url, requestMsMax: 500, onUnreachable: (error) => failures.push(error) });
  await vi.waitFor(() => expect(failures[0]?.message).toMatch(`${url} cannot be reached`), {
    timeout: 5_000,
  });
  expect(failures[0]?.message).toContain("ECONNREFUSED");
  await expect(client.place(LIMIT)).rejects.toThrow(/nothing was sent \(.*ECONNREFUSED/);
  client.close();
  for (const bad of ["localhost:3000", "", "http://", "ftp://localhost"])
    expect(() => clientOf({ url: bad }), bad).toThrow(
      "url must be an HTTP URL such as http://localhost:3000",
    );
});

test("for a server that is not a venue, the client reports its answer", async () => {
  const { port } = new URL(venue.url);
  const failures: Error[] = [];
  const client = clientOf({
    url: `http://127.0.0.1:${port}/elsewhere`,
    onUnreachable: (error) => failures.push(error),
    onRefused: (error) => failures.push(error),
  });
  await vi.waitFor(() => expect(failures[0]?.message).toMatch(/route_not_found/), { timeout: 5_000 });
  client.close();
});

test("a request that the venue does not answer fails in time with an unknown outcome", async () => {
  const client = clientOf({ requestMsMax: 2_000 });
  const isAnswered = async () => expect(await client.place(LIMIT)).toMatchObject({ status: 201 });
  await vi.waitFor(isAnswered, { timeout: 10_000 });
  process.kill(venue.pid, "SIGSTOP");
  try {
    await expect(client.place(LIMIT)).rejects.toThrow(OutcomeUnknown);
  } finally {
    process.kill(venue.pid, "SIGCONT");
  }
  await vi.waitFor(isAnswered, { timeout: 10_000 });
});
