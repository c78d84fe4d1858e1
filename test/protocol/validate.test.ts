import { expect, test } from "vitest";
import { BATCH_ENTRIES_MAX, batchRequest } from "../../protocol/batch-request.ts";
import { feedRequest } from "../../protocol/feed/feed-request.ts";
import { readJson } from "../../protocol/json.ts";
import { placeOrderRequest } from "../../protocol/order-request.ts";
import { Refusal } from "../../protocol/refusal.ts";
import { validate } from "../../protocol/validate.ts";

const OPS =
  '"subscribe", "unsubscribe", "ack", "place", "cancel", "amend", "batch", "cancel_all", "cancel_after"';
const BATCH = { instrument: "BTC-USD", client_id: "me" };
const tooMany = Array.from({ length: BATCH_ENTRIES_MAX + 1 }, () => ({ action: "cancel", order_id: "x" }));

test.each([
  [feedRequest, { op: "dance" }, `op must be one of ${OPS}`],
  [feedRequest, [], "the message must be an object"],
  [feedRequest, { op: "subscribe", channels: [] }, "channels must have at least 1 entry"],
  [feedRequest, { op: "subscribe", channels: {} }, "channels must be an array"],
  [feedRequest, { op: "cancel", order_id: "x" }, "order_id must be a UUID"],
  [batchRequest, { ...BATCH, entries: [] }, "entries must have at least 1 entry"],
  [batchRequest, { ...BATCH, entries: tooMany }, `entries must have at most ${BATCH_ENTRIES_MAX} entries`],
  [
    batchRequest,
    { ...BATCH, entries: [{ action: "x" }] },
    'entries.0.action must be one of "place", "cancel", "amend"',
  ],
  [
    placeOrderRequest,
    { type: "x" },
    'type must be one of "limit", "market", "stop", "stop_limit", "trailing_stop"',
  ],
])("an error is described in fitting words", (schema, input, detail) => {
  const read = () => validate(readJson(JSON.stringify(input)), schema);
  expect(read).toThrow(Refusal);
  try {
    read();
  } catch (error) {
    expect((error as Refusal).problem.detail).toBe(detail);
  }
});
