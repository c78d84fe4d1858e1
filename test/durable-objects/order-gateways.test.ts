import { describe, expect, test } from "vitest";
import type { BatchCall, CancelCall, ObjectCall, PlaceCall } from "../../durable-objects/calls/call.ts";
import { gatewayName, orderGateways, senderOf } from "../../durable-objects/calls/order-gateways.ts";
import { readOrder } from "../../durable-objects/calls/read-order.ts";

test.each([
  [undefined, 0],
  ["", 0],
  ["0", 0],
  ["1", 1],
  ["64", 64],
])("ORDER_GATEWAYS=%j is %i gateways", (text, count) => {
  expect(orderGateways(text)).toBe(count);
});

describe("the gateway of a sender", () => {
  test("is the same in every version: a change would move clients during a deploy", () => {
    const names = ["client-A", "client-B", "client-C", "", "\u{1f980}"].map((name) => gatewayName(name, 8));
    expect(names).toEqual(["anywhere/7", "anywhere/6", "anywhere/1", "anywhere/1", "anywhere/0"]);
    expect(gatewayName("client-A", 1, "weur")).toBe("weur/0");
  });

  test.each([2, 5, 64])("is one of %i, each for about as many senders", (count) => {
    const senders = Array.from({ length: 200 * count }, (_, index) => `client-${index}`);
    const sizes = new Map<string, number>();
    for (const sender of senders) {
      const name = gatewayName(sender, count);
      sizes.set(name, (sizes.get(name) ?? 0) + 1);
    }
    expect(sizes.size).toBe(count);
    for (const size of sizes.values()) expect(size).toBeGreaterThan(100);
  });
});

describe("the sender of a request", () => {
  const body = { client_id: "client-A", instrument: "BTC-USD", side: "buy", type: "limit" };
  const place = readOrder({ ...body, price: "1", quantity: "1" }).request as PlaceCall;
  const cancel: CancelCall = { kind: "cancel", orderId: "an order" };
  const batch = (clientId: string | null, entries: BatchCall["entries"]): ObjectCall => ({
    ...{ kind: "batch", isAtomic: false, isBrief: false, idempotencyKey: null, identity: "" },
    ...{ clientId, entries },
  });
  const unread = { kind: "unread", problem: { code: "malformed_json", detail: "" } } as const;

  test.each<[string, ObjectCall, string | undefined]>([
    ["an order", place, "client-A"],
    ["a cancel-all", { kind: "cancel_all", clientId: "client-B", side: null }, "client-B"],
    ["a cancel", cancel, "an order"],
    ["an amendment", { kind: "amend", orderId: "another", price: "2" }, "another"],
    ["a batch of a client", batch("client-C", [place]), "client-C"],
    ["a batch of entries", batch(null, [unread, cancel, place]), "an order"],
    ["a batch of nothing that can be read", batch(null, [unread]), undefined],
    ["a change of the status", { kind: "status", status: "halted", forMs: null }, undefined],
  ])("%s", (_, request, sender) => {
    expect(senderOf(request)).toBe(sender);
  });
});
