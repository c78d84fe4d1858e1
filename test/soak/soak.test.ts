import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { preparePostgres } from "../../dev/stack/postgres-server.ts";
import { title, withClient } from "../gateway/services.ts";
import { redisServerReason } from "../mirror/mirrored-venue.ts";
import type { Agreement } from "./agreement.ts";
import { soakReport } from "./report.ts";
import { compareRows } from "./row-compare.ts";
import { withRedis } from "./servers.ts";
import { Soak } from "./soak.ts";

/** Set it to repeat a run. `npm run test:soak` makes a longer one. */
const SEED = Number(process.env.SOAK_SEED ?? Date.now() % 1_000_000);
const DURATION_MS = 30_000;

async function missingServers(): Promise<string | null> {
  const redisReason = await redisServerReason();
  if (redisReason !== null) return redisReason;
  try {
    await preparePostgres({ folder: "", port: 0, name: "none" });
    return null;
  } catch (cause) {
    if (process.env.REQUIRE_SERVICES === "1") throw cause;
    return String(cause);
  }
}

const reason = await missingServers();

describe.skipIf(reason !== null)(title(`a soak (SOAK_SEED=${SEED})`, reason), () => {
  let soak: Soak;
  const bitcoin = () => soak.markets[0] ?? expect.fail("there is a first market");

  beforeAll(async () => {
    const options = {
      seed: SEED,
      durationMs: DURATION_MS,
      signal: new AbortController().signal,
    };
    soak = await Soak.open({ ...options, log: () => {} });
  });
  afterAll(() => soak?.close());

  test("every part is killed and disturbed, and everything agrees", { timeout: 240_000 }, async () => {
    await soak.trade();
    await soak.settle();
    const agreement = await soak.agreement();
    console.log(await soakReport(soak, agreement));
    expect(agreement.findings).toEqual([]);
    expect([...agreement.rowCounts.keys()].sort()).toEqual([
      "mirror levels",
      "mirror trades",
      "orders",
      "trades",
      "watermarks",
    ]);
    for (const [table, count] of agreement.rowCounts) expect(count, table).toBeGreaterThan(0);
    expect(soak.missing).toEqual([]);
  });

  /** What the comparison finds after tampering with the data. The last test finds what is not mended then. */
  async function foundAfter(tamper: () => Promise<unknown>, mend: () => Promise<unknown>): Promise<string> {
    await tamper();
    const { findings }: Agreement = await soak.agreement();
    await mend();
    return findings.join("\n");
  }

  const sql = (text: string) => withClient(soak.servers.postgres.url, (client) => client.query(text));

  /** Changes one row during a comparison. */
  function foundWhere(table: string, where: string, change: string): Promise<string> {
    const key = `(SELECT ctid FROM ${table} WHERE ${where} LIMIT 1)`;
    return foundAfter(
      () => sql(`CREATE TABLE held AS TABLE ${table}; ${change.replace("ROW", `ctid = ${key}`)}`),
      () => sql(`DELETE FROM ${table}; INSERT INTO ${table} TABLE held; DROP TABLE held`),
    );
  }

  test("an order whose time is off by a microsecond is named", async () => {
    const found = await foundWhere(
      "orders",
      "instrument = 'BTC-USD'",
      "UPDATE orders SET updated_at = updated_at + interval '1 microsecond' WHERE ROW",
    );
    expect(found).toMatch(/^BTC-USD: orders [0-9a-f-]{36}: updated_at is .*001Z, and should be .*000Z$/);
  });

  test("an order of another client is named, and a missing one", async () => {
    const stolen = "UPDATE orders SET client_id = 'mallory' WHERE ROW";
    expect(await foundWhere("orders", "instrument = 'XAU-JPY'", stolen)).toMatch(
      /^XAU-JPY: orders .*: client_id is mallory, and should be (client|surge)-[\d-]+$/,
    );
    const found = await foundWhere("orders", "instrument = 'ETH-BTC'", "DELETE FROM orders WHERE ROW");
    expect(found).toMatch(/^ETH-BTC: orders .* is missing: \{"order_id"/);
  });

  test("a trade that did not happen is named, also on an unknown instrument", async () => {
    const columns = `epoch, sequence, maker_order_id, taker_order_id, maker_client_id, taker_client_id,
      taker_side, price, quantity, notional, price_ticks, quantity_lots, executed_at`;
    const insert = (instrument: string) =>
      `INSERT INTO trades (instrument, trade_number, ${columns})
       SELECT '${instrument}', 999999999, ${columns} FROM trades WHERE instrument = 'BTC-USD' LIMIT 1`;
    expect(await foundWhere("trades", "true", insert("BTC-USD"))).toMatch(
      /^BTC-USD: trades 999999999 is there, and nothing made it/,
    );
    expect(await foundWhere("trades", "true", insert("NO-ONE"))).toMatch(
      /^trades has \d+ rows, \d+ were compared$/,
    );
  });

  test("a watermark that is behind is named, and a row that was set aside", async () => {
    const remove = () => sql("DELETE FROM outbox_dead");
    const found = await foundWhere(
      "watermarks",
      "instrument = 'BTC-USD'",
      `ALTER TABLE watermarks DISABLE TRIGGER USER; UPDATE watermarks SET last_sequence = last_sequence - 1 WHERE ROW;
       ALTER TABLE watermarks ENABLE TRIGGER USER`,
    );
    expect(found).toMatch(/^BTC-USD: watermarks BTC-USD: last_sequence is \d+, and should be \d+$/);
    const bury = `INSERT INTO outbox_dead (instrument, epoch, sequence, kind, row_key, payload, reason)
      VALUES ('BTC-USD', 1, 1, 'order', 'x', '{}', 'none')`;
    expect(await foundAfter(() => sql(bury), remove)).toBe("outbox_dead has 1 rows, 0 were compared");
  });

  test("a level that the mirror lacks is named, and a trade that it has in another place", async () => {
    const key = (part: string) => `{BTC-USD}:${part}`;
    let price = "";
    let depth = "";
    let score = 0;
    const redis = <T>(use: Parameters<typeof withRedis<T>>[1]) => withRedis(soak.servers, use);
    const found = await foundAfter(
      () =>
        redis(async (client) => {
          const [best] = await client.zRangeWithScores(key("bids"), 0, 0, { REV: true });
          price = best?.value ?? "";
          score = best?.score ?? 0;
          depth = String(await client.hGet(key("bids:depth"), price));
          await client.zRem(key("bids"), price);
          await client.hDel(key("bids:depth"), price);
          await client.hIncrBy(key("state"), "bids", -1);
        }),
      () =>
        redis(async (client) => {
          await client.zAdd(key("bids"), { value: price, score });
          await client.hSet(key("bids:depth"), price, depth);
          await client.hIncrBy(key("state"), "bids", 1);
        }),
    );
    expect(found).toMatch(new RegExp(`^BTC-USD: mirror's bids ${price} is missing: .*[^\n]$`));
    const rotated = await foundAfter(
      () => redis((client) => client.lMove(key("trades"), key("trades"), "LEFT", "RIGHT")),
      () => redis((client) => client.lMove(key("trades"), key("trades"), "RIGHT", "LEFT")),
    );
    expect(rotated).toBe("BTC-USD: the mirror's trades are in another order");
  });

  test("an acknowledgment unknown to the venue is named, and a different one", async () => {
    const { ledger } = bitcoin();
    const [real] = ledger.orders.values();
    if (real === undefined) expect.fail("an order was acknowledged");
    const forged = {
      ...real,
      // A number that no order has yet.
      order_id: `${real.order_id.slice(0, -12)}ffffffffffff`,
    };
    const forge = async () => void ledger.orders.set(forged.order_id, forged);
    const forget = async () => void ledger.orders.delete(forged.order_id);
    expect(await foundAfter(forge, forget)).toContain(`BTC-USD: order ${forged.order_id} is lost`);

    const placement = ledger.placements.find(({ answer }) => answer?.status === 201);
    const given = placement?.answer;
    if (placement === undefined || given === undefined) expect.fail("a placement was answered");
    const lie = async () => {
      placement.answer = {
        ...given,
        body: given.body.replace('"buy"', '"sell"').replace('"status"', '"state"'),
      };
    };
    const tell = async () => {
      placement.answer = given;
    };
    expect(await foundAfter(lie, tell)).toContain(
      `key ${placement.clientId} ${placement.idempotencyKey} was answered`,
    );
  });

  test("everything agrees again once all of this is mended", async () => {
    expect((await soak.agreement()).findings).toEqual([]);
  });
});

test("a table is compared in both directions, and differences beyond a handful are counted", async () => {
  const rows = (count: number) => Array.from({ length: count }, (_, id) => ({ id: String(id), value: "1" }));
  expect(await compareRows("t", "id", rows(3), rows(3))).toEqual({ rowCount: 3, differences: [] });
  const twice = await compareRows("t", "id", rows(2), [...rows(2), ...rows(1)]);
  expect(twice.differences).toEqual(["t 0 is there twice"]);
  const short = await compareRows("t", "id", rows(9), rows(2));
  expect(short.differences).toHaveLength(6);
  expect(short.differences.at(-1)).toBe("t: 2 differences more");
  const wider = await compareRows("t", "id", rows(1), [{ id: "0", value: "1", more: "x" }]);
  expect(wider.differences).toEqual(["t 0: more is x, and should be undefined"]);
});
