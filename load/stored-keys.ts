import { setTimeout as sleep } from "node:timers/promises";

const CLIENTS = 10_000;
const CONNECTIONS = 4;

/**
 * Stores answers under keys, as many for each of ten thousand clients: each key belongs to an order that finds
 * nothing to trade with and ends at once.
 */
export async function storeKeys(url: string, count: number): Promise<void> {
  const keysPerClient = Math.ceil(count / CLIENTS);
  let client = 0;
  const loop = async () => {
    while (client < CLIENTS) await storeOf(url, client++, keysPerClient);
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, loop));
}

async function storeOf(url: string, client: number, keys: number): Promise<void> {
  const entries = Array.from({ length: keys }, (_, index) => ({
    action: "place",
    idempotency_key: `stored-${index}`,
    side: "sell",
    type: "limit",
    time_in_force: "ioc",
    price: "9000000",
    quantity: "0.01",
  }));
  const body = JSON.stringify({
    client_id: `stored-${client}`,
    instrument: "BTC-USD",
    entries,
    answers: "brief",
  });
  for (;;) {
    const response = await fetch(`${url}/orders/batch`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    const text = await response.text();
    if (response.status === 200) return;
    if (response.status !== 503) throw new Error(`storing keys was answered ${response.status}: ${text}`);
    await sleep(100);
  }
}
