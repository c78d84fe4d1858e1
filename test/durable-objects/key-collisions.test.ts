import { reset, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readAnswer } from "../../durable-objects/calls/answer.ts";
import { type CallLine, writeLine } from "../../durable-objects/calls/call.ts";
import { ocoCall } from "../../durable-objects/calls/call-of-body.ts";
import { readBatch } from "../../durable-objects/calls/read-batch.ts";
import { readOrder } from "../../durable-objects/calls/read-order.ts";
import { batchBody } from "../../protocol/batch-request.ts";
import { batchAnswer } from "../../protocol/order-group.ts";
import { placeOcoRequest } from "../../protocol/order-request.ts";
import { Random } from "../support/random.ts";
import { book, ORDER, post, read, readProblem } from "../worker/client.ts";
import { object, verified } from "./flow.ts";
import { drawKeyRequest, type Expected, KeyLedger, type KeyRequest } from "./key-ledger.ts";

beforeEach(reset);
afterEach(async () => void (await verified("in the end")));

const { client_id, instrument, ...PLAIN } = ORDER;
const entry = (change: object = {}) => ({ action: "place", ...PLAIN, ...change });
const keyed = (entries: object[], change: object = {}) =>
  post("/orders/batch", { client_id, instrument, idempotency_key: "k", entries, ...change });

test("a batch whose key equals that of one of its entries is refused as a whole, without effect", async () => {
  const { starts } = await watched();
  for (const own of [{ idempotency_key: "k" }, { idempotency_key: "k", client_id }]) {
    const refused = await keyed([entry(), entry(own)]);
    expect(readProblem(refused)).toMatchObject({
      code: "idempotency_key_reused",
      status: 409,
      field: "idempotency_key",
      entry: 1,
    });
  }
  expect([await book(), await starts()]).toMatchObject([{ sequence: 0 }, 1]);
  // The key has not been used.
  const results = read(await keyed([entry(), entry()]), 200, batchAnswer).results;
  expect(results.map(({ status }) => status)).toEqual([201, 201]);
  const reused = await keyed([entry(), entry({ idempotency_key: "k" })]);
  expect(readProblem(reused)).toMatchObject({ code: "idempotency_key_reused", entry: 1 });
});

test("a batch and an entry of another client may have the same key", async () => {
  const send = () => keyed([entry({ idempotency_key: "k", client_id: "client-B" })]);
  expect((await send()).headers.get("idempotency-replayed")).toBeNull();
  expect((await send()).headers.get("idempotency-replayed")).toBe("true");
});

test.each([1, 2, 3, 4, 5, 6])(
  "keys and names that meet in every way get the proper answer: seed %i",
  async (seed) => {
    const random = new Random(seed);
    const ledger = new KeyLedger();
    const { starts } = await watched();
    const met = new Set<string>();
    const sent: KeyRequest[] = [];
    for (let flush = 0; flush < 40; flush++) {
      const requests = Array.from({ length: 12 }, () =>
        sent.length > 0 && random.chance(0.2) ? random.pick(sent) : drawKeyRequest(random),
      );
      sent.push(...requests);
      const lines = await Promise.all(requests.map(lineOf));
      const answers = await runInDurableObject(object(), (it) =>
        Promise.all(lines.map((line) => it.submit(line))),
      );
      for (const [index, request] of requests.entries()) {
        const expected = ledger.expect(request);
        expect(told(answers[index] ?? ""), `flush ${flush}: ${JSON.stringify(request)}`).toEqual(expected);
        for (const { code, isReplay } of [expected, ...(expected.entries ?? [])])
          met.add(`${request.kind} ${code}${isReplay ? " again" : ""}`);
      }
    }
    expect(await starts(), "the object was never ended").toBe(1);
    await verified(`seed ${seed}`);
    const codes = [
      "done",
      "idempotency_key_reused",
      "client_order_id_reused",
      "price_off_tick",
      "done again",
    ];
    for (const kind of ["place", "oco", "batch"])
      for (const code of codes) expect(met, `seed ${seed}`).toContain(`${kind} ${code}`);
  },
);

/** Counts the starts of the object from now on. */
async function watched() {
  const seen = new Set<object>();
  const starts = () => runInDurableObject(object(), (it) => seen.add(it).size);
  await starts();
  return { starts };
}

async function lineOf({ kind, body }: KeyRequest): Promise<CallLine> {
  const common = { side: "buy", quantity: "1" };
  switch (kind) {
    case "place":
      return writeLine(readOrder({ ...common, type: "limit", instrument, ...body }).request);
    case "oco":
      return writeLine(ocoCall(placeOcoRequest.parse({ ...common, stop_price: "200", instrument, ...body })));
    case "batch": {
      const entries = body.entries.map((each) => ({ action: "place", ...common, type: "limit", ...each }));
      return writeLine(await readBatch(batchBody.parse({ instrument, ...body, entries })));
    }
  }
}

/** An answer in the ledger's form. */
function told(answer: string): Expected {
  const { status, isReplay, body } = readAnswer(answer);
  const parsed = JSON.parse(body);
  if (status >= 400) return { code: parsed.code, isReplay };
  if (parsed.results === undefined) return { code: "done", isReplay };
  const entries = parsed.results.map(
    (result: { status: number; is_replay?: true; body: { code: string } }) => ({
      code: result.status >= 400 ? result.body.code : "done",
      isReplay: result.is_replay ?? false,
    }),
  );
  return { code: "done", isReplay, entries };
}
