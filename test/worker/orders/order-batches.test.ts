import { reset } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FLUSH_EVENTS_MAX } from "../../../durable-objects/instrument/flush/answer-batch.ts";
import { BATCH_ENTRIES_MAX } from "../../../protocol/batch-request.ts";
import { batchAnswer } from "../../../protocol/order-group.ts";
import { Random } from "../../support/random.ts";
import {
  book,
  expectOneState,
  expectProblem,
  ORDER,
  objectOf,
  place,
  post,
  read,
  readProblem,
} from "../client.ts";

beforeEach(reset);

afterEach(expectOneState);

describe("a batch", () => {
  const { client_id: _, instrument: __, ...PLAIN } = ORDER;
  const entry = (change: object = {}) => ({ action: "place", ...PLAIN, ...change });
  const batch = (entries: object[], change: object = {}) =>
    post("/orders/batch", { instrument: "BTC-USD", client_id: "client-A", entries, ...change });
  const statuses = async (reply: Awaited<ReturnType<typeof batch>>) =>
    read(reply, 200, batchAnswer).results.map(({ status }) => status);

  test("is answered entry by entry, and a bad one fails alone", async () => {
    const { order_id } = await place({ price: "10" });
    const reply = await batch([
      entry(),
      entry({ price: "0" }),
      { action: "amend", order_id, quantity: "0.1" },
      { action: "cancel", order_id },
      { action: "cancel", order_id },
      entry({ side: "sell", client_id: "client-B", type: "market", price: undefined }),
    ]);
    expect(await statuses(reply)).toEqual([201, 422, 200, 200, 409, 201]);
    expect(await book()).toMatchObject({ bids: [], asks: [] });
  });

  test("that names an order of another instrument, or an unknown one, executes its other entries", async () => {
    const [here, elsewhere] = [await place(), await place({ instrument: "ETH-USD" })];
    // As similar to an order of this instrument as possible, except for the instrument.
    const alike = here.order_id.replace(/-8001-/, "-8002-");
    for (const order_id of [elsewhere.order_id, alike, crypto.randomUUID()]) {
      const entries = [{ action: "cancel", order_id }, { action: "amend", order_id, quantity: 1 }, entry()];
      expect(await statuses(await batch(entries)), order_id).toEqual([404, 404, 201]);
      const refused = await batch(entries, { atomic: true });
      expect(readProblem(refused), order_id).toMatchObject({ code: "order_not_found", entry: 0 });
    }
    expect((await objectOf().readMetrics()).restingOrders).toBe(4);
  });

  test("that is atomic does not report as ended an order that it leaves open", async () => {
    const { order_id } = await place();
    const refused = await batch(
      [
        { action: "cancel", order_id },
        { action: "cancel", order_id },
      ],
      {
        atomic: true,
      },
    );
    expect(readProblem(refused)).toMatchObject({
      code: "order_closed",
      entry: 1,
      order: { status: "open" },
      detail: "the order would have ended before this entry",
    });
  });

  test("is executed in a few flushes, and each entry with a key may be repeated", async () => {
    const entries = Array.from({ length: BATCH_ENTRIES_MAX }, (_, index) =>
      entry({ price: `${1 + (index % 90)}`, idempotency_key: `key-${index}` }),
    );
    const first = await batch(entries);
    expect(new Set(await statuses(first))).toEqual(new Set([201]));
    const { flushCommands } = await objectOf().readMetrics();
    expect(flushCommands.count).toBe((2 * BATCH_ENTRIES_MAX) / FLUSH_EVENTS_MAX);
    const again = read(await batch(entries), 200, batchAnswer).results;
    expect(again.every(({ is_replay }) => is_replay === true)).toBe(true);
    expect((await objectOf().readMetrics()).restingOrders).toBe(BATCH_ENTRIES_MAX);
  });

  test("that is atomic is applied whole or not at all", async () => {
    const resting = await place({ price: "10" });
    await place({ side: "sell", price: "50001" });
    const { sequence } = await book();
    const refused = await batch(
      [entry(), { action: "cancel", order_id: resting.order_id }, entry({ price: "50001", post_only: true })],
      { atomic: true },
    );
    expect(readProblem(refused)).toMatchObject({ code: "would_take", entry: 2 });
    expect((await book()).sequence).toBe(sequence);
    const done = await batch([entry(), { action: "cancel", order_id: resting.order_id }], { atomic: true });
    expect(await statuses(done)).toEqual([201, 200]);
    expect((await book()).bids).toMatchObject([{ price: "50000.00" }]);
  });

  test("under a key is executed once, and another batch under the key is a conflict", async () => {
    const keyed = { atomic: true, idempotency_key: "batch" };
    const first = await batch([entry()], keyed);
    const again = await batch([entry()], keyed);
    expect([again.text, again.headers.get("idempotency-replayed")]).toEqual([first.text, "true"]);
    expectProblem(await batch([entry({ price: "1" })], keyed), "idempotency_key_reused", "idempotency_key");
    expect((await objectOf().readMetrics()).restingOrders).toBe(1);
  });

  test("that is atomic and reached a frozen instrument may be sent again under its key", async () => {
    const operate = (operation: string) =>
      post(`/admin/instruments/BTC-USD/${operation}`, undefined, { authorization: "Bearer test-token" });
    const { order_id } = await place({ price: "10" });
    const send = () =>
      batch([{ action: "cancel", order_id }, entry()], { atomic: true, idempotency_key: "batch" });
    await operate("freeze");
    expect(readProblem(await send())).toMatchObject({ code: "frozen", entry: 1 });
    expect((await objectOf().readMetrics()).restingOrders).toBe(1);
    await operate("unfreeze");
    const done = await send();
    expect(await statuses(done)).toEqual([200, 201]);
    await operate("freeze");
    expect((await send()).text, "what has been answered is answered again").toBe(done.text);
  });

  test.each([
    [{ ...entry(), action: "buy" }, "invalid_value", "action"],
    [entry({ type: "magic" }), "invalid_value", "type"],
    [entry({ price: true }), "wrong_type", "price"],
    [entry({ quantity: undefined }), "missing_field", "quantity"],
    [entry({ instrument: "BTC-USD" }), "unknown_field", "instrument"],
    [entry({ time_in_force: "gtd" }), "missing_field", "expires_at"],
    [{ action: "cancel", order_id: "x" }, "malformed_order_id", "order_id"],
    [{ action: "amend", order_id: "019c1f2a-7b3c-8001-8000-000000000001" }, "missing_field", "quantity"],
  ] as const)(
    "an entry that cannot be read fails alone, and an atomic batch with it: %o",
    async (bad, code, field) => {
      const entries = [entry(), bad, entry({ side: "sell", client_id: "client-B" })];
      const refused = await batch(entries, { atomic: true });
      expect(readProblem(refused)).toMatchObject({ code, field, entry: 1 });
      expect((await book()).sequence).toBe(0);
      const { results } = read(await batch(entries, { idempotency_key: "k" }), 200, batchAnswer);
      expect(results.map(({ status }) => status)).toEqual([201, 400, 201]);
      expect(results[1]?.body).toMatchObject({ code, field });
      // The message is the venue's, not the validator's.
      expect(JSON.stringify(results[1])).not.toMatch(/Too |Invalid|expected |\ba [aeiou]/);
      expect((await batch(entries, { idempotency_key: "k" })).headers.get("idempotency-replayed")).toBe(
        "true",
      );
    },
  );

  test("an entry without a client fails alone if the batch has no client either", async () => {
    const reply = await batch([entry(), entry({ client_id: "client-B" })], { client_id: undefined });
    const { results } = read(reply, 200, batchAnswer);
    expect(results[0]).toMatchObject({ status: 400, body: { code: "missing_field", field: "client_id" } });
    expect(results[1]?.status).toBe(201);
  });

  test.each([
    [[], {}, "invalid_value", "entries"],
    [Array.from({ length: BATCH_ENTRIES_MAX + 1 }, () => entry()), {}, "invalid_value", "entries"],
    [[entry()], { client_id: undefined, idempotency_key: "k" }, "missing_field", "client_id"],
    [[entry({ idempotency_key: "k" })], { atomic: true }, "invalid_value", "idempotency_key"],
    [[entry()], { instrument: "DOGE-USD" }, "instrument_unknown", "instrument"],
    [[entry()], { atomic: "yes" }, "wrong_type", "atomic"],
    [[entry()], { answers: "short" }, "invalid_value", "answers"],
    [[], { entries: {} }, "wrong_type", "entries"],
  ] as const)("%# is refused whole", async (entries, change, code, field) => {
    const reply = await batch([...entries], change);
    expectProblem(reply, code, field);
    // The message is the venue's, not the validator's.
    expect(readProblem(reply).detail).not.toMatch(/Too |Invalid|expected |\ba [aeiou]/);
    expect((await book()).sequence).toBe(0);
  });

  test.each([41, 42, 43])("atomic batches of seed %i have no effect if they are rejected", async (seed) => {
    const random = new Random(seed);
    const ids: string[] = [];
    let refusals = 0;
    for (let round = 0; round < 30; round++) {
      const entries = Array.from({ length: random.between(1, 12) }, () => {
        if (ids.length > 0 && random.chance(0.3)) return { action: "cancel", order_id: random.pick(ids) };
        const change = {
          side: random.pick(["buy", "sell"]),
          price: `${random.between(95, 105)}`,
          client_id: `c${random.below(3)}`,
          quantity: `${random.between(1, 9)}`,
        };
        return entry(random.chance(0.15) ? { ...change, time_in_force: "fok" } : change);
      });
      const before = await objectOf().verify();
      const reply = await batch(entries, { atomic: true });
      if (reply.status === 200) {
        for (const { body } of read(reply, 200, batchAnswer).results)
          if ("order_id" in body) ids.push(body.order_id);
      } else {
        refusals++;
        expect((await objectOf().verify()).liveHash, `seed ${seed}, round ${round}`).toBe(before.liveHash);
      }
    }
    expect(refusals).toBeGreaterThan(3);
    expect(refusals).toBeLessThan(28);
  });
});
