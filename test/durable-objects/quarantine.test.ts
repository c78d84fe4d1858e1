import { reset, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { beforeEach, describe, expect, test } from "vitest";
import { writeLine } from "../../durable-objects/calls/call.ts";
import { book, expectProblem, get, ORDER, place, post } from "../worker/client.ts";
import { FeedClient } from "./feed/feed-client.ts";
import { execute, line, object, selectOne, submitTogether, verified } from "./flow.ts";
import { breakClients, healthOf, mend, operate, POISON, poisonLine, submitEach } from "./poison-scene.ts";

beforeEach(reset);

describe("a request at which a flush fails", () => {
  const others = [line({ client: "a", key: "1" }), line({ client: "b", key: "2" })];

  test("ends the object twice and is refused from then on, and the requests with it are executed", async () => {
    await breakClients();
    const together = [others[0] ?? "", poisonLine(), others[1] ?? ""];
    await expect(submitTogether(together)).rejects.toThrow();
    expect(await selectOne("SELECT count(*) AS count FROM suspects")).toEqual({ count: 3 });
    expect(await selectOne("SELECT count(*) AS count FROM orders"), "nothing of the flush").toEqual({
      count: 0,
    });
    // The requests before it in the queue are executed, each in a flush of its own.
    const again = await Promise.allSettled(together.map((text) => object().submit(text)));
    expect(again.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
    for (let round = 0; round < 3; round++)
      expectProblem(await post("/orders", POISON), "request_quarantined");
    expect(await submitEach(others)).toEqual([201, 201]);
    expect(await selectOne("SELECT count(*) AS count FROM suspects")).toEqual({ count: 0 });
    expect((await book()).bids).toMatchObject([{ orders: 2 }]);
    await verified("after the ends");
  });

  test("is shown to operators, counted, and accepted again once they release it", async () => {
    await breakClients();
    expect(await healthOf()).toEqual([200, "ok", 0, null]);
    expect(await submitEach([poisonLine(), poisonLine()])).toEqual(["end", "end"]);
    const refused = await post("/orders", POISON);
    const status = await operate("status");
    expect(status).toMatchObject({
      trading_status: "trading",
      frozen_reason: null,
      quarantined_count: 1,
      quarantined: [{ error: expect.stringContaining("injected"), request: poisonLine() }],
    });
    expect(JSON.parse(refused.text).detail).toContain(status.quarantined[0]?.hash);
    expect(await healthOf()).toEqual([200, "degraded", 1, null]);
    expect((await get("/metrics")).text).toContain('edgebook_quarantined_requests{instrument="BTC-USD"} 1');
    expect((await object().readMetrics()).rejects).toEqual({ request_quarantined: 1 });

    expect(await operate("release")).toMatchObject({ quarantined_count: 0, quarantined: [] });
    expect(await submitEach([poisonLine()]), "it still ends the object, alone, once").toEqual(["end"]);
    expectProblem(await post("/orders", POISON), "request_quarantined");
    await mend();
    await operate("release");
    // The refusals were not an outcome of its key.
    expect((await post("/orders", POISON)).status).toBe(201);
    expect(await healthOf()).toEqual([200, "ok", 0, null]);
  });

  test("is identified by its content: another key, client or amount is another request", async () => {
    await breakClients();
    await submitEach([poisonLine(), poisonLine()]);
    await mend();
    // Different texts with the same meaning are the same request.
    expectProblem(await post("/orders", { ...POISON, quantity: "0.50" }), "request_quarantined");
    for (const change of [{ idempotency_key: "j" }, { client_id: "client-A" }, { quantity: "0.6" }])
      expect((await post("/orders", { ...POISON, ...change })).status, JSON.stringify(change)).toBe(201);
    // Its key has another outcome by now.
    expectProblem(await post("/orders", POISON), "idempotency_key_reused", "idempotency_key");
  });

  test.each([
    ["an atomic batch", { atomic: true }],
    ["a batch with a key", { idempotency_key: "b" }],
    ["a batch", {}],
  ])("may be %s, which is refused as a whole", async (_, change) => {
    await breakClients();
    const { instrument, client_id, ...plain } = ORDER;
    const entries = [
      { action: "place", ...plain },
      { action: "place", ...plain, client_id: "poison" },
    ];
    const ask = () => post("/orders/batch", { instrument, client_id, entries, ...change });
    for (const code of ["outcome_unknown", "outcome_unknown", "request_quarantined"] as const)
      expectProblem(await ask(), code);
    expect(await book()).toMatchObject({ sequence: 0 });
    await mend();
    await operate("release");
    expect((await ask()).status).toBe(200);
    expect((await book()).bids).toMatchObject([{ orders: 2 }]);
  });

  test("over a socket is the same request as over HTTP", async () => {
    await breakClients();
    await submitEach([poisonLine(), poisonLine()]);
    const { client } = new FeedClient({ clientId: "poison" });
    const { client_id: _, instrument: __, ...order } = POISON;
    const refused = await client.place(order);
    expect(refused).toMatchObject({ status: 422, body: { code: "request_quarantined" } });
    client.close();
  });

  test("exposes nothing of the memory that failed", async () => {
    await place({ price: "1" });
    const before = await book();
    await breakClients();
    await runInDurableObject(object(), (_, { storage }) => {
      const sync = storage.sync.bind(storage);
      storage.sync = () => scheduler.wait(100).then(sync);
    });
    const all = [
      line({ client: "client-A", key: "i" }),
      poisonLine(),
      line({ client: "client-A", key: "j" }),
    ];
    const submits = Promise.allSettled(all.map((text) => object().submit(text)));
    const reads: PromiseSettledResult<string>[] = [];
    let isOver = false;
    const reading = (async () => {
      while (!isOver) {
        reads.push(...(await Promise.allSettled([object().readBook(10)])));
        await scheduler.wait(1);
      }
    })();
    expect((await submits).map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    isOver = true;
    await reading;
    expect(
      reads.some(({ status }) => status === "rejected"),
      "a read came while it ended",
    ).toBe(true);
    for (const outcome of reads)
      if (outcome.status === "fulfilled") expect(JSON.parse(outcome.value)).toEqual(before);
    expect(await book()).toEqual(before);
  });

  test("may be the cancel of a client that has gone: it is executed once it is released", async () => {
    await place({ client_id: "gone" });
    await execute(`CREATE TRIGGER broken BEFORE UPDATE ON orders BEGIN SELECT RAISE(ABORT, 'injected'); END`);
    const cancelAll = writeLine({ kind: "cancel_all", clientId: "gone", side: null });
    expect(await submitEach([cancelAll, cancelAll, cancelAll])).toEqual(["end", "end", 422]);
    await runInDurableObject(object(), (instrument) => instrument.cancelAfter("gone", 1));
    await scheduler.wait(1_100);
    await runDurableObjectAlarm(object());
    expect((await object().readMetrics()).rejects).toEqual({ request_quarantined: 2 });
    await mend();
    await operate("release");
    for (let attempt = 0; (await book()).bids.length > 0 && attempt < 100; attempt++) {
      await scheduler.wait(100);
      await runDurableObjectAlarm(object());
    }
    expect((await book()).bids).toEqual([]);
  });
});
