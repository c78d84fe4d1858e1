import { abortAllDurableObjects, evictDurableObject, reset, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Random } from "../support/random.ts";
import { book, expectProblem, get, ORDER, post, type Reply, send } from "../worker/client.ts";
import { bodyOf, execute, Flow, line, object, selectOne, statusOf, verified } from "./flow.ts";

beforeEach(reset);
afterEach(() => void vi.useRealTimers());

describe.each([101, 102, 103])("a random flow of seed %i", (seed) => {
  test("is restored as it was after every eviction and every abort", async () => {
    const random = new Random(seed);
    const flow = new Flow(random);
    let trades = 0;
    for (let step = 0; step < 60; step++) {
      const label = `seed ${seed}, step ${step}`;
      await flow.step();
      const before = await verified(label);
      const shown = await Promise.all([
        get("/public/orderbook?levels=1000"),
        get("/public/trades?limit=1000"),
      ]);
      const end = random.weighted({ none: 40, evict: 30, abort: 30 });
      if (end === "evict") await evictDurableObject(object());
      if (end === "abort") await abortAllDurableObjects();
      expect(await verified(`${label}, ${end}`)).toEqual(before);
      const again = await Promise.all([
        get("/public/orderbook?levels=1000"),
        get("/public/trades?limit=1000"),
      ]);
      expect(
        again.map(({ text }) => text),
        `${label}, ${end}`,
      ).toEqual(shown.map(({ text }) => text));
      trades = JSON.parse(again[1]?.text ?? "").trades.length;
    }
    expect(trades, `seed ${seed} must trade`).toBeGreaterThan(50);
  });
});

test("a request sent while the object was aborted is executed once or not at all", async () => {
  for (let round = 0; round < 10; round++) {
    const lines = Array.from({ length: 20 }, (_, index) => line({ key: `round-${round}-${index}` }));
    const outcomes = Promise.allSettled(lines.map((text) => object().submit(text)));
    await abortAllDurableObjects();
    await outcomes;
    const answers = await Promise.all(lines.map((text) => object().submit(text)));
    expect(answers.map(statusOf)).toEqual(Array(20).fill(201));
    await verified(`round ${round}`);
  }
  expect((await book()).bids).toMatchObject([{ orders: 200 }]);
});

describe("a crash", () => {
  test("in the turn of the write loses the write, and no request is answered", async () => {
    await object().submit(line({ key: "before" }));
    const before = await verified("before");
    await runInDurableObject(object(), (_, state) => {
      const { storage } = state;
      const transactionSync = storage.transactionSync.bind(storage);
      storage.transactionSync = (closure) => {
        const result = transactionSync(closure);
        state.abort("crash before the commit");
        return result;
      };
    });
    const lost = [line({ key: "lost" }), line({ key: "lost too", side: "sell", quantity: "0.5" })];
    const outcomes = await Promise.allSettled(lost.map((text) => object().submit(text)));
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(await verified("after the crash")).toEqual(before);
    const retries = await Promise.all(lost.map((text) => object().submit(text)));
    expect(retries.map((answer) => answer.slice(0, 4))).toEqual(["201 ", "201 "]);
    expect((await book()).bids).toMatchObject([{ quantity: "1.50000000", orders: 2 }]);
  });

  test("after the commit keeps the write, and the retry gets the stored answer", async () => {
    const kept = line({ key: "kept" });
    let answer = "";
    const crash = runInDurableObject(object(), async (instrument, state) => {
      answer = await instrument.submit(kept);
      await state.storage.sync();
      state.abort("crash before the answer");
    });
    await expect(crash).rejects.toThrow();
    expect((await verified("after the crash")).sequence).toBe(2);
    const retry = await object().submit(kept);
    expect([retry[3], retry.slice(4)]).toEqual(["R", answer.slice(4)]);
    expect((await book()).bids).toMatchObject([{ orders: 1 }]);
  });
});

describe("an error in the commit path", () => {
  const DAY_MS = 24 * 60 * 60 * 1000;

  test.each([
    ["a client", "INSERT ON clients"],
    ["the events", "INSERT ON events"],
    ["a new order", "INSERT ON orders"],
    ["an order that traded", "UPDATE ON orders"],
    ["a stored answer", "INSERT ON idempotency"],
    ["answers out of their time", "DELETE ON idempotency"],
  ])("at the write of %s undoes the flush; a retry after it succeeds once", async (_, write) => {
    const startMs = Date.now();
    vi.useFakeTimers({ toFake: ["Date"], now: startMs });
    await object().submit(line({ key: "old", side: "sell" }));
    await object("ETH-USD").submit(line());
    vi.setSystemTime(startMs + 2 * DAY_MS);
    const [before, neighbour] = [await verified("before"), await object("ETH-USD").readMetrics()];
    await execute(breakAt(write));

    const lines = [line({ client: "new", key: "k1", quantity: "0.25" }), line({ client: "new", key: "k2" })];
    for (let attempt = 0; attempt < 2; attempt++) {
      const outcomes = await Promise.allSettled(lines.map((text) => object().submit(text)));
      expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
      expect(await verified("after the failure")).toEqual(before);
    }
    expect(await object("ETH-USD").readMetrics(), "the neighbour goes on").toEqual(neighbour);

    await execute("DROP TRIGGER broken");
    // A request that failed alone is refused until an operator releases it.
    expect(statusOf(await object().submit(lines[0] ?? ""))).toBe(422);
    await object().operate("release");
    const retries = await Promise.all(lines.map((text) => object().submit(text)));
    expect(retries.map((answer) => answer.slice(0, 4))).toEqual(["201 ", "201 "]);
    expect(retries.map((answer) => bodyOf(answer).status)).toEqual(["filled", "partially_filled"]);
    await verified("after the retry");
    expect(await selectOne("SELECT count(*) AS count FROM orders")).toEqual({ count: 3 });
  });

  test("is reported to the client as an unknown outcome, without internals", async () => {
    await object().submit(line());
    await execute(breakAt("INSERT ON events"));
    expectUnknown(await post("/orders", ORDER));
  });

  test("and an error on the way to a subscriber or a reader are reported alike", async () => {
    await execute("ALTER TABLE meta RENAME TO hidden_meta");
    for (const path of ["/public/orderbook", "/public/trades"]) expectUnknown(await get(path));
    expectUnknown(await send("/stream", { headers: { upgrade: "websocket" } }));
  });
});

function expectUnknown(reply: Reply): void {
  expectProblem(reply, "outcome_unknown");
  expect(reply.text).not.toMatch(/events|meta|SQL|Error|\bat /);
}

/** Makes a write fail from now on. */
function breakAt(write: string): string {
  return `CREATE TRIGGER broken BEFORE ${write} BEGIN SELECT RAISE(ABORT, 'injected'); END`;
}
