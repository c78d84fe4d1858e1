import { reset } from "cloudflare:test";
import { afterEach, beforeEach, expect, test } from "vitest";
import { batchAnswer } from "../../../protocol/order-group.ts";
import { Random } from "../../support/random.ts";
import { expectOneState, expectProblem, ORDER, post, read } from "../client.ts";

beforeEach(reset);

afterEach(expectOneState);

const { client_id: _, instrument: __, ...PLAIN } = ORDER;

function entry(change: object = {}): object {
  return { action: "place", ...PLAIN, ...change };
}

function batch(entries: readonly object[], change: object) {
  return post("/orders/batch", { instrument: "BTC-USD", client_id: "client-A", entries, ...change });
}

test.each([51, 52])("a batch with brief answers does the same as with full ones, seed %i", async (seed) => {
  const run = async (answers: "full" | "brief") => {
    await reset();
    const random = new Random(seed);
    const ids: string[] = [];
    const all: unknown[] = [];
    for (let round = 0; round < 20; round++) {
      const entries = Array.from({ length: random.between(1, 12) }, () => {
        const [action, order_id] = [random.pick(["place", "cancel", "amend"]), random.pick([...ids, "x"])];
        if (action === "cancel") return { action, order_id };
        const price = `${random.between(95, 105)}`;
        if (action === "amend") return { action, order_id, price };
        const [side, client_id] = [random.pick(["buy", "sell"]), `c${random.below(3)}`];
        return entry({ side, price, client_id, quantity: `${random.between(1, 9)}` });
      });
      const { results } = read(await batch(entries, { answers }), 200, batchAnswer);
      for (const { status, body } of results) {
        if (!("order_id" in body)) all.push({ status, code: body.code });
        else {
          if (status === 201) ids.push(body.order_id);
          const { order_id, status: state, filled_quantity, updated_sequence } = body;
          const brief = { order_id, status: state, filled_quantity, updated_sequence };
          if (answers === "brief") expect(body).toEqual(brief);
          all.push({ ...brief, status, state, order_id: ids.indexOf(order_id) });
        }
      }
    }
    return all;
  };
  const full = await run("full");
  expect(await run("brief")).toEqual(full);
  for (const status of [200, 201, 400, 409])
    expect(full, `seed ${seed}`).toContainEqual(expect.objectContaining({ status }));
});

test("a repeat of a batch with brief answers gets brief answers; a request for full ones is another request", async () => {
  const keyed = { answers: "brief", idempotency_key: "batch" };
  const first = await batch([entry()], keyed);
  const again = await batch([entry()], keyed);
  expect([again.text, again.headers.get("idempotency-replayed")]).toEqual([first.text, "true"]);
  const other = await batch([entry()], { ...keyed, answers: "full" });
  expectProblem(other, "idempotency_key_reused", "idempotency_key");
});

test("a batch with brief answers accepts no keys of entries, which would store full answers", async () => {
  const reply = await batch([entry({ idempotency_key: "k" }), entry()], { answers: "brief" });
  const { results } = read(reply, 200, batchAnswer);
  expect(results.map(({ status }) => status)).toEqual([400, 201]);
  expect(results[0]?.body).toMatchObject({ code: "invalid_value", field: "idempotency_key" });
});
