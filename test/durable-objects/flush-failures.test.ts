import { reset, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { beforeEach, describe, expect, test } from "vitest";
import { FailureTables } from "../../durable-objects/storage/failure-tables.ts";
import { book, expectProblem, ORDER, place, post } from "../worker/client.ts";
import { execute, line, object, selectOne, verified } from "./flow.ts";
import { breakClients, HEADERS, healthOf, mend, operate, poisonLine, submitEach } from "./poison-scene.ts";

beforeEach(reset);

describe("failures that no request explains", () => {
  const poisons = ["poison1", "poison2", "poison3", "poison4"].map((client) => poisonLine(client));

  test("three within a minute freeze the instrument, and operators keep full control", async () => {
    const resting = await place({ idempotency_key: "before" });
    await breakClients();
    expect(await submitEach(poisons)).toEqual(["end", "end", "end", 503]);
    expectProblem(await post("/orders", ORDER), "frozen");
    expectProblem(await post(`/orders/${resting.order_id}/cancel`), "frozen");
    expect((await post("/orders", { ...ORDER, idempotency_key: "before" })).status, "a repeat").toBe(201);
    expect((await book()).bids).toMatchObject([{ orders: 1 }]);
    expect(await healthOf()).toEqual([503, "unavailable", 0, "flush_failures"]);
    expect(await operate("status")).toMatchObject({
      trading_status: "frozen",
      frozen_reason: expect.stringMatching(/no request explains.*injected/),
    });
    expect(await operate("freeze")).toMatchObject({ trading_status: "frozen" });
    const report = await post("/admin/instruments/BTC-USD/verify", undefined, HEADERS);
    expect(JSON.parse(report.text)).toMatchObject({ agrees: true });
    expectProblem(
      await post("/admin/instruments/BTC-USD/trading-status", { status: "halted" }, HEADERS),
      "frozen",
    );
    await mend();
    expect(await operate("unfreeze")).toMatchObject({ trading_status: "trading", frozen_reason: null });
    expect(await submitEach(poisons)).toEqual([201, 201, 201, 201]);
    expect((await post(`/orders/${resting.order_id}/cancel`)).status).toBe(200);
    expect(await healthOf()).toEqual([200, "ok", 0, "operator"]);
    await verified("in the end");
  });

  test("are counted from zero after unfreeze, and within a minute only", async () => {
    await breakClients();
    await submitEach(poisons.slice(0, 2));
    await execute("UPDATE flush_failures SET time_ms = time_ms - 60001");
    expect(await submitEach(poisons.slice(2, 4))).toEqual(["end", "end"]);
    expect((await operate("status")).trading_status).toBe("trading");
    expect(await submitEach([poisonLine("poison5")])).toEqual(["end"]);
    expect((await operate("status")).trading_status).toBe("frozen");
    await operate("unfreeze");
    expect(await submitEach([poisonLine("poison6"), poisonLine("poison7")])).toEqual(["end", "end"]);
    expect((await operate("status")).trading_status).toBe("trading");
  });

  test("do not include the first failure of a request that failed again, alone", async () => {
    await breakClients();
    const twice = poisons.flatMap((text) => [text, text]);
    expect(await submitEach(twice)).toEqual(Array(8).fill("end"));
    expect(await submitEach(poisons)).toEqual([422, 422, 422, 422]);
    expect(await operate("status")).toMatchObject({ trading_status: "trading", quarantined_count: 4 });
  });

  test("ten requests that each fail alone within a minute freeze it too", async () => {
    await breakClients();
    const many = Array.from({ length: 10 }, (_, index) => poisonLine(`poison-${index}`));
    await submitEach(many.flatMap((text) => [text, text]));
    expect(await operate("status")).toMatchObject({
      trading_status: "frozen",
      quarantined_count: 10,
      frozen_reason: expect.stringContaining("10 requests"),
    });
    expect(await operate("unfreeze")).toMatchObject({ trading_status: "trading", frozen_reason: null });
    expect((await post("/orders", ORDER)).status).toBe(201);
  });

  test("may come from due work: no request is blamed, the alarm stops, and the work is done after unfreeze", async () => {
    const soon = { time_in_force: "gtd", expires_at: new Date(Date.now() + 1_000).toISOString() };
    await place({ ...soon, price: "1" });
    await execute(`CREATE TRIGGER broken BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'injected'); END`);
    await scheduler.wait(1_100);
    const innocent = line({ client: "client-A", key: "i" });
    // The alarm may come first.
    const outcomes = await submitEach(Array(4).fill(innocent));
    expect([outcomes.at(-1), new Set(outcomes)]).toEqual([503, new Set(["end", 503])]);
    expect(await operate("status")).toMatchObject({ trading_status: "frozen", quarantined_count: 0 });
    for (let alarm = 0; alarm < 3; alarm++) await runDurableObjectAlarm(object());
    expect(await selectOne("SELECT count(*) AS count FROM flush_failures")).toEqual({ count: 3 });
    await mend();
    await operate("unfreeze");
    for (let attempt = 0; (await book()).bids.length > 0 && attempt < 100; attempt++)
      await scheduler.wait(50);
    expect((await book()).bids, "the alarm came by itself").toEqual([]);
    expect(await submitEach([innocent])).toEqual([201]);
  });
});

test("the stored failures are bounded", async () => {
  await object().submit(line());
  await runInDurableObject(object(), (_, { storage }) => {
    const tables = new FailureTables(storage.sql);
    const long = "x".repeat(100_000);
    for (let index = 0; index < 1_100; index++)
      tables.convict({ hash: `h${index}`, timeMs: index, error: long, request: long });
    expect(tables.quarantined()).toHaveLength(1_000);
    expect(tables.newestQuarantined(2).map(({ hash }) => hash)).toEqual(["h1099", "h1098"]);
    for (let index = 0; index < 30; index++)
      tables.addFailure(new Set(Array.from({ length: 1_000 }, (_, at) => `${index}-${at}`)), long, index);
    expect(tables.suspects()).toHaveLength(5_000);
    expect(tables.suspects()).toContain("29-999");
    const sums = "SELECT max(length(error)) AS error, count(*) AS count FROM";
    expect(storage.sql.exec(`${sums} flush_failures`).one()).toEqual({ error: 500, count: 20 });
    expect(storage.sql.exec(`${sums} quarantine`).one()).toEqual({ error: 500, count: 1_000 });
    expect(tables.release()).toBe(1_000);
    expect(tables.quarantined()).toEqual([]);
  });
});
