import { reset, runInDurableObject } from "cloudflare:test";
import { beforeEach, expect, test } from "vitest";
import { type BatchCall, writeLine } from "../../durable-objects/calls/call.ts";
import { Random } from "../support/random.ts";
import { bodyOf, line, object, selectOne, statusOf, submitTogether, verified } from "./flow.ts";

beforeEach(reset);

const PLACED = "SELECT count(*) AS count FROM orders";
const EVENTS_A_ROW_MAX = "SELECT max(last_sequence - first_sequence + 1) AS count FROM events";
const BEGUN = "SELECT count(*) AS count FROM idempotency WHERE answer = ''";

type Entry = BatchCall["entries"][number];

function rest(index: number, price = "100"): Entry {
  return {
    kind: "place",
    clientId: `client-${index % 2}`,
    idempotencyKey: null,
    clientOrderId: `${index}`,
    side: "buy",
    type: "limit",
    price,
    quantity: "1",
    terms: {},
  };
}

function batchLine(entries: readonly Entry[], key: string | null = null, identity = "as it is"): string {
  const clientId = key === null ? null : "batcher";
  return writeLine({
    kind: "batch",
    isAtomic: false,
    isBrief: true,
    clientId,
    idempotencyKey: key,
    identity,
    entries,
  });
}

/** Runs a batch until a number of its entries are stored, and then crashes. */
async function crashAfter(count: number, text: string): Promise<void> {
  const crash = runInDurableObject(object(), async (instrument, state) => {
    void Promise.resolve(instrument.submit(text)).catch(() => {});
    const stored = () => state.storage.sql.exec<{ count: number }>(PLACED).one().count;
    while (stored() < count) await scheduler.wait(0);
    await state.storage.sync();
    state.abort("crash within a batch");
  });
  await expect(crash).rejects.toThrow("crash");
}

const many = Array.from({ length: 1_000 }, (_, index) => rest(index));

test("a large batch runs in several flushes, between which reads are answered and no other order runs", async () => {
  const seen = await runInDurableObject(object(), async (instrument) => {
    const sequences = new Set<number>();
    let isDone = false;
    const batch = instrument.submit(batchLine(many));
    const other = instrument.submit(line({ client: "other" }));
    void Promise.resolve(batch).then(() => {
      isDone = true;
    });
    while (!isDone) {
      sequences.add(JSON.parse(instrument.readBook(1)).sequence);
      await scheduler.wait(0);
    }
    const { results } = bodyOf(await batch);
    expect(results.map(({ status }: { status: number }) => status)).toEqual(many.map(() => 201));
    const last = JSON.parse(instrument.readBook(1)).sequence;
    expect(statusOf(await other)).toBe(201);
    return [...sequences].filter((sequence) => sequence > 0 && sequence < last);
  });
  expect(seen.length).toBeGreaterThan(1);
  expect((await selectOne(EVENTS_A_ROW_MAX)).count).toBeLessThan(1_000);
  const newest =
    "SELECT order_number FROM order_columns JOIN clients USING (client_number) WHERE client_id = 'other'";
  const { order_number } = await selectOne(newest);
  expect(await selectOne(`${PLACED} WHERE order_number > ${order_number}`)).toEqual({ count: 0 });
  await verified("after the batch");
});

test.each([1, 2])("a batch with a key continues after a crash where it was, seed %d", async (seed) => {
  const random = new Random(seed);
  for (let round = 0; round < 2; round++) {
    const entries = Array.from({ length: random.between(600, 1_000) }, (_, index) =>
      rest(round * 1_000 + index, `${random.between(90, 100)}`),
    );
    const text = batchLine(entries, `key-${round}`);
    const before = Number((await selectOne(PLACED)).count);
    await crashAfter(before + 1, text);
    const done = Number((await selectOne(PLACED)).count) - before;
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(entries.length);
    expect(await selectOne(BEGUN)).toEqual({ count: 1 });
    if (random.chance(0.5)) await crashAfter(before + done + 1, text);
    const reply = await object().submit(text);
    const { results } = bodyOf(reply);
    expect(results.map(({ status }: { status: number }) => status)).toEqual(entries.map(() => 201));
    expect(Number((await selectOne(PLACED)).count) - before).toBe(entries.length);
    expect(await selectOne(BEGUN)).toEqual({ count: 0 });
    const again = await object().submit(text);
    expect([again[3], bodyOf(again)]).toEqual(["R", bodyOf(reply)]);
  }
  await verified("after all batches");
});

test("the key of a batch that has begun is in use", async () => {
  await crashAfter(1, batchLine(many, "key"));
  const done = await selectOne(PLACED);
  const others = [
    batchLine([rest(5_000)], "key", "another"),
    line({ client: "batcher", key: "key" }),
    batchLine([rest(5_001)], "other"),
  ];
  const answers = await submitTogether(others);
  expect(answers.map(statusOf)).toEqual([409, 409, 200]);
  expect(await selectOne(PLACED)).toEqual({ count: Number(done.count) + 1 });
});
