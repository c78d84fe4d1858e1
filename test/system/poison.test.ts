import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { startVenue, type VenueProcess } from "../../host/venue.ts";
import { readBook } from "./support/calls.ts";
import { HttpClient } from "./support/http-client.ts";
import { changeInstrumentFile } from "./support/instrument-file.ts";
import { temporaryFolder } from "./support/venue-runner.ts";

const POISON_MS = 1000 / 7;
/** The test continues until there were this many of each. */
const ORDERS_MIN = 200;
const POISONED_MIN = 25;
const NEIGHBOURS = 6;

let venue: VenueProcess | undefined;
afterAll(() => venue?.stop());

/** A venue whose storage rejects every order of the client `poison`. */
async function startPoisoned(log: string[]): Promise<VenueProcess> {
  const dataFolder = temporaryFolder();
  const start = () => startVenue({ dataFolder, onLog: (line) => void log.push(line) });
  const first = await start();
  const http = new HttpClient(first.url, 1);
  expect((await http.post("/orders", order("first", 1))).status).toBe(201);
  http.close();
  await first.stop();
  changeInstrumentFile(
    dataFolder,
    "BTC-USD",
    `CREATE TRIGGER broken BEFORE INSERT ON clients
    WHEN NEW.client_id = 'poison' BEGIN SELECT RAISE(ABORT, 'injected'); END`,
  );
  return start();
}

function order(client: string, key: number): string {
  return JSON.stringify({
    client_id: client,
    idempotency_key: `key-${key}`,
    instrument: "BTC-USD",
    side: "buy",
    type: "limit",
    price: "10",
    quantity: "1",
  });
}

test("while an order that ends the instrument arrives seven times per second, other clients' orders succeed", async () => {
  const log: string[] = [];
  venue = await startPoisoned(log);
  const http = new HttpClient(venue.url, 32, 10_000);
  const socket = new WebSocket(`${venue.url.replace("http", "ws")}/stream`);
  await once(socket, "open");
  let isOver = false;

  const [poisoned, answered]: [number[], number[]] = [[], []];
  const poisoning = (async () => {
    while (!isOver) {
      void http.post("/orders", order("poison", 1)).then(({ status }) => poisoned.push(status));
      await sleep(POISON_MS);
    }
  })();
  /** A client sends one order after another; one whose outcome is unknown it repeats under its key. */
  const neighbour = async (client: string) => {
    const lost: number[] = [];
    for (let key = 0; !isOver; key++) {
      let status = 502;
      for (let attempt = 0; status === 502; attempt++) {
        if (attempt > 0) lost.push(key);
        ({ status } = await http.post("/orders", order(client, key)));
      }
      answered.push(status);
      await sleep(5);
    }
    return lost.length;
  };
  const trading = Promise.all(Array.from({ length: NEIGHBOURS }, (_, index) => neighbour(`client-${index}`)));
  while (answered.length < ORDERS_MIN || poisoned.length < POISONED_MIN) await sleep(100);
  isOver = true;
  await poisoning;
  const neighbours = await trading;

  const lost = neighbours.reduce((sum, each) => sum + each, 0);
  console.log(JSON.stringify({ orders: answered.length, lost, poisoned: poisoned.length }));
  expect(new Set(answered)).toEqual(new Set([201]));
  expect((await readBook(venue.url)).bids).toMatchObject([{ orders: answered.length + 1 }]);
  // Each has one order in flight at each of two ends. No more are lost.
  expect(lost).toBeLessThanOrEqual(2 * NEIGHBOURS);
  const ends = log.filter((line) => line.includes("flush_failed"));
  expect(ends).toHaveLength(2);
  // Its own orders are unknown up to the second end, and refused from then on.
  const refused = poisoned.indexOf(422);
  expect(new Set(poisoned.slice(0, refused))).toEqual(new Set([502]));
  expect(new Set(poisoned.slice(refused))).toEqual(new Set([422]));
  expect(poisoned.length - refused).toBeGreaterThan(poisoned.length / 2);
  http.close();
  socket.close();
});
