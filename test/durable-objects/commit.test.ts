import { reset, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { writeLine } from "../../durable-objects/calls/call.ts";
import { FLUSH_EVENTS_MAX } from "../../durable-objects/instrument/flush/answer-batch.ts";
import { FLUSH_MAX, QUEUE_MAX } from "../../durable-objects/instrument/sequencer.ts";
import { runSchemaSteps } from "../../durable-objects/storage/schema-steps.ts";
import { ORDER, post, readProblem } from "../worker/client.ts";
import { bodyOf, line, object, selectOne, statusOf, submitTogether, verified } from "./flow.ts";

beforeEach(reset);
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const ROWS = "SELECT count(*) AS count FROM events";

test("requests that arrive together share one flush, one journal row and one time", async () => {
  const answers = await submitTogether(Array.from({ length: 50 }, () => line()));
  expect(answers.map(statusOf)).toEqual(Array(50).fill(201));
  expect(new Set(answers.map((answer) => bodyOf(answer).time)).size).toBe(1);
  expect(await selectOne(ROWS)).toEqual({ count: 1 });
});

test("requests that clients send at once share flushes", async () => {
  const replies = await Promise.all(Array.from({ length: 100 }, () => post("/orders", ORDER)));
  expect(replies.map(({ status }) => status)).toEqual(Array(100).fill(201));
  const { count } = await selectOne(ROWS);
  expect(count).toBeLessThan(50);
});

test("each caller gets the answer to its own request, in the order of submission", async () => {
  const answers = await submitTogether(
    Array.from({ length: 200 }, (_, index) =>
      line({ client: `client-${index}`, price: index === 7 ? "0" : "1" }),
    ),
  );
  const accepted = answers.filter((_, index) => index !== 7).map(bodyOf);
  expect(statusOf(answers[7] ?? "")).toBe(422);
  expect(accepted.map(({ client_id }) => client_id)).toEqual(
    Array.from({ length: 200 }, (_, index) => `client-${index}`).filter((id) => id !== "client-7"),
  );
  expect(accepted.map(({ sequence }) => sequence)).toEqual(accepted.map((_, index) => 1 + 2 * index));
});

test("a flush takes no more than its maximum, and the rest follows", async () => {
  const answers = await submitTogether(Array.from({ length: 2 * FLUSH_MAX + 1 }, () => line()));
  expect(answers.every((answer) => statusOf(answer) === 201)).toBe(true);
  expect(await selectOne(ROWS)).toEqual({ count: Math.ceil((2 * answers.length) / FLUSH_EVENTS_MAX) });
});

test("a full queue refuses requests without effect, with the time of the next attempt", async () => {
  const release = await fillQueue();
  const refused = await post("/orders", { ...ORDER, idempotency_key: "later" });
  expect(readProblem(refused).code).toBe("overloaded");
  expect(refused.headers.get("retry-after")).toBe("1");
  await release();
  const { rejects, sequence } = await object().readMetrics();
  expect([sequence, rejects.overloaded, rejects.order_not_found]).toEqual([0, 1, QUEUE_MAX]);
  const later = await post("/orders", { ...ORDER, idempotency_key: "later" });
  expect([later.status, later.headers.get("idempotency-replayed")]).toEqual([201, null]);
});

test("a request with many commands counts as many in a flush and in the queue", async () => {
  const flushes = await runInDurableObject(object(), async (instrument) => {
    const full = Array.from({ length: 5 }, () => instrument.submit(line(), FLUSH_MAX / 2));
    expect(instrument.readMetrics().queueDepth).toBe(5 * (FLUSH_MAX / 2));
    await Promise.all(full);
    expect(instrument.readMetrics().queueDepth).toBe(0);
    const first = instrument.submit(line(), QUEUE_MAX);
    expect(statusOf(await instrument.submit(line()))).toBe(503);
    await first;
    return instrument.readMetrics().flushCommands.count;
  });
  expect(flushes).toBe(3 + 1);
});

/**
 * Holds the object's next flush back and fills its queue. Returns a function that releases it and waits until
 * the queue is empty.
 */
async function fillQueue(): Promise<() => Promise<void>> {
  const cancelOfNothing = writeLine({ kind: "cancel", orderId: "nothing" });
  let open = () => {};
  let all: Promise<unknown> = Promise.resolve();
  await runInDurableObject(object(), (instrument, { storage }) => {
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const written = vi.spyOn(storage, "sync").mockReturnValueOnce(gate);
    all = Promise.all(Array.from({ length: QUEUE_MAX }, () => instrument.submit(cancelOfNothing)));
    expect(written).toHaveBeenCalledTimes(1);
    expect(instrument.readMetrics().queueDepth).toBe(QUEUE_MAX);
  });
  return () =>
    runInDurableObject(object(), async () => {
      open();
      await all;
    });
}

test("time never goes back, even if the clock does", async () => {
  const startMs = Date.now();
  vi.useFakeTimers({ toFake: ["Date"], now: startMs });
  const times: string[] = [];
  for (const clockMs of [startMs, startMs - 60_000, startMs - 3_600_000, startMs + 5]) {
    vi.setSystemTime(clockMs);
    times.push(bodyOf(await object().submit(line())).time);
  }
  const [first, last] = [startMs, startMs + 5].map((timeMs) => new Date(timeMs).toISOString());
  expect(times).toEqual([first, first, first, last]);
  await verified("after the clock went back");
});

test("a market order that sweeps the book meets five hundred orders, and its remainder is cancelled", async () => {
  await submitTogether(Array.from({ length: 1_500 }, () => line({ side: "sell" })));
  const answer = bodyOf(await object().submit(line({ client: "sweeper", price: null, quantity: "2000" })));
  expect(answer).toMatchObject({
    status: "cancelled",
    cancel_reason: "too_many_fills",
    filled_quantity: "500.00000000",
    trade_count: 500,
  });
  expect(answer.trades.map(({ trade_id }: { trade_id: number }) => trade_id)).toEqual(
    Array.from({ length: 500 }, (_, index) => index + 1),
  );
  await verified("after the sweep");
});

test("a flush of more events than a row holds becomes several rows, and is restored completely", async () => {
  await submitTogether(Array.from({ length: 500 }, () => line({ side: "sell", quantity: "0.5" })));
  const rowsBefore = Number((await selectOne(ROWS)).count);
  const resting = Array.from({ length: FLUSH_EVENTS_MAX / 2 - 1 }, () => line({ price: "1" }));
  const answers = await submitTogether([...resting, line({ price: null, quantity: "250" })]);
  const answer = bodyOf(answers.at(-1) as string);
  expect([answer.status, answer.trade_count]).toEqual(["filled", 500]);
  expect(Number((await selectOne(ROWS)).count) - rowsBefore).toBe(2);
  await verified("after a thousand events");
});

test("the schema steps change nothing if they have run before", async () => {
  await object().submit(line());
  await runInDurableObject(object(), (_, { storage }) => {
    const shape = () => storage.sql.exec("SELECT type, name, sql FROM sqlite_master ORDER BY name").toArray();
    const steps = () => storage.sql.exec("SELECT step FROM schema_steps").toArray();
    const before = [shape(), steps()];
    runSchemaSteps(storage);
    runSchemaSteps(storage);
    expect([shape(), steps()]).toEqual(before);
  });
  await verified("after the steps ran again");
});
