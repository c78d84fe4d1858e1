import { expect, test } from "vitest";
import { OpenRecords } from "../../durable-objects/journal/open-records.ts";
import { acceptedRecord } from "../../durable-objects/records/order-record.ts";
import type { Event } from "../../engine/vocabulary/event.ts";
import { Random } from "../support/random.ts";

const NOBODY = { clientId: "a", idempotencyKey: null, clientOrderId: null, selfTradeGroup: null };

function recordOf(orderNumber: number) {
  const event = { kind: "accepted", sequence: orderNumber, orderNumber, timeMs: 1, quantityLots: 1 };
  return acceptedRecord(event as Event & { kind: "accepted" }, NOBODY);
}

test("a record is kept while its order is open, and the one that was written least recently makes room", () => {
  const records = new OpenRecords(3);
  for (const orderNumber of [1, 2, 3, 1, 4]) records.keep(recordOf(orderNumber));
  expect([1, 2, 3, 4].filter((orderNumber) => records.get(orderNumber) !== undefined)).toEqual([1, 3, 4]);
  records.keep({ ...recordOf(3), status: "filled" });
  records.keep({ ...recordOf(4), filledLots: 1, status: "partially_filled" });
  expect(records.get(3)).toBeUndefined();
  expect(records.get(4)).toMatchObject({ filledLots: 1 });
});

test.each([1, 2, 3])("it has what was written last or nothing, seed %i", (seed) => {
  const random = new Random(seed);
  const records = new OpenRecords(8);
  const written = new Map<number, ReturnType<typeof recordOf>>();
  for (let step = 0; step < 500; step++) {
    const orderNumber = random.between(1, 20);
    const status = random.pick(["open", "partially_filled", "filled", "cancelled", "waiting"] as const);
    const record = { ...recordOf(orderNumber), status, updatedSequence: step };
    records.keep(record);
    written.set(orderNumber, record);
    for (const [number, last] of written) expect([last, undefined]).toContain(records.get(number));
  }
});
