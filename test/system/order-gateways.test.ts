import { expect, onTestFinished, test } from "vitest";
import { startVenue } from "../../host/venue.ts";
import { post } from "./support/calls.ts";
import { temporaryFolder } from "./support/venue-runner.ts";

test("on plain workerd orders go through gateways, also after a kill", async () => {
  const dataFolder = temporaryFolder();
  const log: string[] = [];
  const start = () =>
    startVenue({ dataFolder, vars: { ORDER_GATEWAYS: "2" }, onLog: (line) => log.push(line) });
  let venue = await start();
  onTestFinished(() => venue.stop("SIGKILL"));
  const order = async (client_id: string, idempotency_key: string) => {
    const reply = await post(`${venue.url}/orders`, {
      ...{ client_id, instrument: "BTC-USD", side: "buy", type: "limit", price: "100", quantity: "1" },
      idempotency_key,
    });
    return `${reply.status} ${await reply.text()}`;
  };
  const orders = () =>
    Promise.all(Array.from({ length: 100 }, (_, index) => order(`client-${index % 10}`, `key-${index}`)));
  const placed = await orders();
  expect(placed.every((text) => text.startsWith("201 "))).toBe(true);

  await venue.stop("SIGKILL");
  venue = await start();
  expect(await orders()).toEqual(placed);
  const status = await fetch(`${venue.url}/public/status`);
  expect(await status.json()).toMatchObject({ sequence: 200 });
  expect(log.filter((line) => /"level":"error"/.test(line))).toEqual([]);
});
