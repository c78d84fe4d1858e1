import { expect } from "vitest";
import type * as z from "zod";
import { orderBook } from "../../../protocol/market-data.ts";
import { placedOrder } from "../../../protocol/order-entry.ts";

/** The fields of a limit order of 0.5 BTC. */
const ORDER = {
  client_id: "client-A",
  instrument: "BTC-USD",
  side: "buy",
  type: "limit",
  price: 50000.0,
  quantity: 0.5,
  // One client suffices for both sides.
  self_trade_prevention: "none",
};

export function post(url: string, body?: unknown): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return fetch(url, {
    method: "POST",
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** Places an order that must be accepted. */
export async function place(url: string, change: object = {}): Promise<z.output<typeof placedOrder>> {
  const response = await post(`${url}/orders`, { ...ORDER, ...change });
  expect(response.status).toBe(201);
  return placedOrder.parse(await response.json());
}

/** Places a client's orders in one batch. Each must be accepted. */
export async function placeAll(url: string, client_id: string, changes: readonly object[]): Promise<void> {
  const { client_id: _, instrument, ...order } = ORDER;
  const entries = changes.map((change) => ({ action: "place", ...order, ...change }));
  const response = await post(`${url}/orders/batch`, { client_id, instrument, entries });
  const text = await response.text();
  expect(response.status, text).toBe(200);
  const { results } = JSON.parse(text) as { results: { status: number }[] };
  expect(results.filter(({ status }) => status !== 201)).toEqual([]);
}

export async function readBook(url: string): Promise<z.output<typeof orderBook>> {
  const response = await fetch(`${url}/public/orderbook?levels=20`);
  expect(response.status).toBe(200);
  return orderBook.parse(await response.json());
}
