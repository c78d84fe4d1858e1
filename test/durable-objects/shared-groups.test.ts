import { evictDurableObject, reset, runInDurableObject } from "cloudflare:test";
import { beforeEach, expect, test } from "vitest";
import { Journal } from "../../durable-objects/journal/journal.ts";
import { termsColumn } from "../../durable-objects/outbox/postgres/postgres-terms.ts";
import { get, ORDER, place, post } from "../worker/client.ts";
import { object, selectOne, verified } from "./flow.ts";

beforeEach(reset);

const OTHER_GROUP = 900;

/** Stores every group as an earlier version did: under one number for all clients that named it. */
async function shareGroups(): Promise<void> {
  await runInDurableObject(object(), (_, { storage }) => {
    const { sql } = storage;
    sql.exec("INSERT INTO clients (client_number, client_id, used_ms) VALUES (?, ' desk', 0)", OTHER_GROUP);
    sql.exec("DELETE FROM clients WHERE client_id LIKE '% desk' AND client_number <> ?", OTHER_GROUP);
    for (const [table, column] of [
      ["events", "events"],
      ["orders", "record"],
    ] as const) {
      const rows = sql.exec<{ id: number; text: string }>(
        `SELECT rowid AS id, ${column} AS text FROM ${table}`,
      );
      for (const { id, text } of rows.toArray()) {
        const earlier = text.replaceAll(/"groupNumber":\d+/g, `"selfTradeGroup":${OTHER_GROUP}`);
        sql.exec(`UPDATE ${table} SET ${column} = ? WHERE rowid = ?`, earlier, id);
      }
    }
  });
  await evictDurableObject(object());
}

test("a group from when clients shared its name prevents no trade", async () => {
  const maker = await place({ client_id: "one", side: "sell", price: 100, stp_group: "desk" });
  const claim = { client_id: "two", stp_group: "desk", self_trade_prevention: "expire_maker" };
  const taker = await place({ ...claim, price: 99 });
  await shareGroups();
  expect(
    await selectOne("SELECT count(*) AS n FROM orders WHERE record LIKE '%selfTradeGroup\":900%'"),
  ).toEqual({
    n: 2,
  });
  await verified("before");

  const amended = JSON.parse((await post(`/orders/${taker.order_id}/amend`, { price: 100 })).text);
  expect(amended).toMatchObject({ status: "filled", trade_count: 1, stp_group: "desk" });
  const left = JSON.parse((await get(`/public/orders/${maker.order_id}`)).text);
  expect(left).toMatchObject({ status: "filled" });
  await verified("after");
});

test("an order from that time is read and shipped without its old number, under its group's name", async () => {
  await place({ client_id: "one", stp_group: "desk", post_only: true, price: ORDER.price });
  await shareGroups();
  const record = await runInDurableObject(object(), (_, { storage }) => {
    const [number] = Array.from(new Journal(storage.sql).orders.open(), ({ orderNumber }) => orderNumber);
    return new Journal(storage.sql).orders.read(number ?? 0);
  });
  expect(record).toMatchObject({ selfTradeGroup: "desk", terms: { postOnly: true } });
  expect(record && termsColumn(record)).toEqual({ terms: { postOnly: true }, selfTradeGroup: "desk" });
});
