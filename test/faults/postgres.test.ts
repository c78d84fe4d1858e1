import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { FaultRuleInput } from "../../dev/gateway/faults.ts";
import { databaseKinds, title, withClient } from "../gateway/services.ts";
import { Scene } from "./scene.ts";

for (const kind of await databaseKinds()) {
  describe.skipIf(kind.reason !== null)(title(`the outbox to ${kind.name}`, kind.reason), () => {
    let scene: Scene;

    beforeAll(async () => {
      scene = await Scene.open(kind.name);
    });
    beforeEach(() => void scene.faults.clear());
    afterAll(() => scene?.close());

    test("ships every order and trade, exactly, by itself", async () => {
      await scene.trade();
      expect((await scene.drained()).failures).toBe(0);
      await scene.expectEqual();
    });

    const faults: readonly FaultRuleInput[] = [
      { target: "postgres", kind: "delay", milliseconds: 700, count: 1 },
      { target: "postgres", kind: "refuse", count: 3 },
      { target: "postgres", kind: "status", status: 500, count: 3 },
      { target: "postgres", kind: "status", status: 429, count: 1 },
      { target: "postgres", kind: "reset", count: 2 },
      { target: "postgres", kind: "garbage", count: 2 },
      { target: "postgres", kind: "commit_then_drop", count: 3 },
    ];
    test.each(faults)("recovers from $kind $status", async (rule) => {
      const before = await scene.health();
      const { id } = scene.faults.add(rule);
      await scene.trade(2);
      await scene.until(
        "hit by the fault",
        () => scene.faults.list().find((each) => each.id === id)?.fired === rule.count,
      );
      // Trading continues during and after the fault.
      await scene.trade(2);
      const after = await scene.drained();
      expect(after.failures - before.failures).toBe(rule.kind === "delay" ? 0 : rule.count);
      // A repeated row does not count as rejected either.
      expect(after).toMatchObject({ last_error: null, dead_rows: 0 });
      await scene.expectEqual();
    });

    test("a batch that never ends is aborted after its time limit and sent again", async () => {
      scene.faults.add({ target: "postgres", kind: "delay", milliseconds: 60_000, count: 1 });
      await scene.trade(1);
      expect((await scene.until("given up", ({ last_error }) => last_error !== null)).last_error).toBe(
        "TimeoutError",
      );
      await scene.drained();
      await scene.expectEqual();
    });

    test("a missing table is not the rows' fault: none is set aside, and all are shipped when it is back", async () => {
      const before = await scene.health();
      await withClient(scene.database.url, (client) =>
        client.query("ALTER TABLE orders RENAME TO orders_away"),
      );
      await scene.trade(1);
      const during = await scene.until("refused twice", ({ failures }) => failures >= before.failures + 2);
      expect(during).toMatchObject({ last_error: "NeonDbError 42P01", dead_rows: 0 });
      expect(during.lag_seconds).toBeGreaterThan(0);
      await withClient(scene.database.url, (client) =>
        client.query("ALTER TABLE orders_away RENAME TO orders"),
      );
      expect((await scene.drained()).dead_rows).toBe(0);
      await scene.expectEqual();
    });

    test("Postgres is off while orders flow, the venue restarts in the middle, and afterwards it drains", async () => {
      await scene.stopGateway();
      await scene.trade(20);
      const behind = await scene.until("failed", ({ failures }) => failures > 0);
      expect(behind.lag_events).toBeGreaterThan(100);
      await scene.stopVenue();
      await scene.startVenue();
      await scene.trade(5);
      expect((await scene.health()).lag_events).toBeGreaterThan(behind.lag_events);
      await scene.startGateway();
      await scene.drained();
      await scene.expectEqual();
    });

    test("killed after the commit and before the answer, the batch is repeated and changes nothing", async () => {
      scene.faults.add({ target: "postgres", kind: "delay", milliseconds: 300, count: 1 });
      await scene.trade(2);
      await sleep(250);
      await scene.stopVenue();
      const lost = await scene.held();
      await scene.startVenue();
      // The first request, not only the next order, sets an alarm again that was lost with the process.
      const { last_sequence } = await scene.drained();
      expect(last_sequence).toBeGreaterThanOrEqual(lost.lastSequence);
      await scene.expectEqual();
    });

    test("rows that Postgres rejects are set aside and reported, and the rows after them are shipped", async () => {
      await withClient(scene.database.url, (client) =>
        client.query(`ALTER TABLE orders ADD CONSTRAINT no_mallory CHECK (client_id <> 'mallory');
          ALTER TABLE trades ADD CONSTRAINT no_seven CHECK (quantity <> 7)`),
      );
      await scene.stopGateway();
      await scene.trade(2);
      const mallory = await scene.place({
        side: "buy",
        type: "limit",
        price: 3,
        quantity: 1,
        client_id: "mallory",
      });
      await scene.place({ side: "sell", type: "limit", price: 60_000, quantity: 1007, client_id: "bob" });
      await scene.place({ side: "buy", type: "limit", price: 60_000, quantity: 1000 });
      await scene.place({ side: "buy", type: "limit", price: 60_000, quantity: 7 });
      await scene.trade(2);
      await scene.startGateway();
      // The batch that begins with the rejected rows is halved at the same places again, and must not set
      // them aside twice.
      scene.faults.add({
        target: "postgres",
        kind: "commit_then_drop",
        contains: "INSERT INTO outbox_dead",
        count: 1,
      });
      const { dead_rows, last_error } = await scene.drained();
      expect({ dead_rows, last_error }).toEqual({ dead_rows: 2, last_error: null });
      const dead = await withClient(scene.database.url, (client) =>
        client.query("SELECT kind, row_key, sql_state, payload FROM outbox_dead ORDER BY dead_id"),
      );
      const tradeId = Number(dead.rows[1]?.row_key);
      expect(dead.rows).toMatchObject([
        { kind: "order", row_key: mallory, sql_state: "23514", payload: { client_id: "mallory" } },
        { kind: "trade", sql_state: "23514", payload: { quantity: "7.00000000" } },
      ]);
      await scene.expectEqual({ orderIds: [mallory], tradeIds: [tradeId] });
    });
  });
}
