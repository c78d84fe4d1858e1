import { createExecutionContext, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { type ListedOrderView, listedOrder, orderList } from "../../../protocol/order-entry.ts";
import app from "../../../worker/index.ts";
import { Random } from "../../support/random.ts";
import { book, expectProblem, get, place, post, read } from "../client.ts";

beforeEach(reset);

const INSTRUMENTS = ["BTC-USD", "ETH-USD", "RULES-USD"];

async function listOf(query: string) {
  return read(await get(`/orders?client_id=ada&status=open${query}`), 200, orderList);
}

function placeAt(instrument: string, change: Record<string, unknown> = {}) {
  return place({ client_id: "ada", instrument, price: "100", quantity: "1", ...change });
}

describe("the open orders of a client", () => {
  test("are those of all instruments by default, and the list names the instruments that it covers", async () => {
    const ids: string[] = [];
    for (const instrument of INSTRUMENTS) ids.push((await placeAt(instrument)).order_id);
    const all = await listOf("");
    expect(all.orders.map(({ order_id }) => order_id).sort()).toEqual(ids.sort());
    expect(all.covers).toEqual(
      await Promise.all(
        INSTRUMENTS.map(async (instrument) => ({
          instrument,
          as_of_sequence: (await book(`?instrument=${instrument}`)).sequence,
        })),
      ),
    );
    const named = await listOf("&instrument=ETH-USD");
    expect(named.orders.map(({ instrument }) => instrument)).toEqual(["ETH-USD"]);
    expect(named.covers).toEqual(all.covers.slice(1, 2));
    const nobody = read(await get("/orders?client_id=bob&status=open"), 200, orderList);
    expect([nobody.orders, nobody.covers]).toEqual([[], all.covers]);
    // A client sees exactly the orders that a cancel-all ends.
    await post("/orders/cancel-all", { client_id: "ada" });
    expect((await listOf("")).orders).toEqual([]);
  });

  test.each([1, 2, 3])("are consistent in pages of any size, newest first (seed %i)", async (seed) => {
    const random = new Random(seed);
    const placed: string[] = [];
    for (let count = 0; count < 40; count++) {
      // Some are within one millisecond. Instrument and order number then decide.
      const instruments = Array.from({ length: random.between(1, 4) }, () => random.pick(INSTRUMENTS));
      const orders = await Promise.all(instruments.map((instrument) => placeAt(instrument)));
      placed.push(...orders.map(({ order_id }) => order_id));
      if (random.chance(0.1)) await post(`/orders/${placed.splice(random.below(placed.length), 1)}/cancel`);
    }
    const { orders } = await listOf("&limit=1000");
    expect(orders.map(({ order_id }) => order_id)).toEqual(placed.toSorted().reverse());
    const times = orders.map(({ time }) => time);
    expect(times).toEqual(times.toSorted().reverse());
    for (const limit of [1, 7, 39]) {
      const paged: ListedOrderView[] = [];
      for (let before = ""; ; before = `&before=${paged.at(-1)?.order_id.toUpperCase()}`) {
        const page = (await listOf(`&limit=${limit}${before}`)).orders;
        if (page.length === 0) break;
        paged.push(...page);
      }
      expect(paged, `pages of ${limit}`).toEqual(orders);
    }
    // A cursor also works for a single instrument, even if its order belongs to another instrument or does
    // not exist.
    for (const { order_id } of orders.slice(10, 20)) {
      const older = (await listOf(`&instrument=ETH-USD&before=${order_id}&limit=1000`)).orders;
      const expected = orders.filter((each) => each.instrument === "ETH-USD" && each.order_id < order_id);
      expect(older).toEqual(expected);
    }
  });

  test("are not listed in part if an instrument does not answer", async () => {
    await placeAt("BTC-USD");
    vi.spyOn(console, "error").mockImplementation(() => {});
    const { INSTRUMENT } = env;
    const away = INSTRUMENT.idFromName("ETH-USD");
    const gone = { readOpenOrders: () => Promise.reject(new Error("gone")) };
    const bindings = {
      ...env,
      // The worker calls the stub below itself.
      ORDER_GATEWAYS: "0",
      INSTRUMENTS: [...(env.INSTRUMENTS as object[])],
      INSTRUMENT: {
        idFromName: (name: string) => INSTRUMENT.idFromName(name),
        get: (id: DurableObjectId) => (id.equals(away) ? gone : INSTRUMENT.get(id)),
      },
    };
    const request = new Request("http://venue.test/orders?client_id=ada&status=open");
    const response = await app.fetch(request, bindings as never, createExecutionContext());
    expect([response.status, await response.text()]).toEqual([
      502,
      expect.stringContaining("outcome_unknown"),
    ]);
  });
});

describe("an order by its client order id", () => {
  test("is found at any instrument; of several orders, the newest", async () => {
    const name = { client_order_id: "mine" };
    const first = await placeAt("ETH-USD", name);
    const find = async (query = "") =>
      read(await get(`/orders/by-client-id/mine?client_id=ada${query}`), 200, listedOrder);
    expect((await find()).order_id).toBe(first.order_id);
    expectProblem(await get("/orders/by-client-id/mine?client_id=ada&instrument=BTC-USD"), "order_not_found");
    await new Promise((resolve) => setTimeout(resolve, 2));
    const second = await placeAt("BTC-USD", name);
    expect((await find()).order_id).toBe(second.order_id);
    expect((await find("&instrument=ETH-USD")).order_id).toBe(first.order_id);
    expectProblem(await get("/orders/by-client-id/other?client_id=ada"), "order_not_found");
    expectProblem(await get("/orders/by-client-id/mine?client_id=bob"), "order_not_found");
  });
});
