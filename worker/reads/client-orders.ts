import type * as z from "zod";
import { readAnswer } from "../../durable-objects/calls/answer.ts";
import type { Env } from "../../durable-objects/runtime/env.ts";
import { mayBeShort, shortList } from "../../durable-objects/runtime/short-list.ts";
import type { ListedOrderView, OrderListView } from "../../protocol/order-entry.ts";
import { Refusal } from "../../protocol/refusal.ts";
import type { ordersQuery } from "../http/query.ts";
import { call, venueOf } from "../http/venue.ts";
import { History } from "./history.ts";
import type { Page } from "./next-page.ts";

/**
 * The orders of a client at one instrument, or at all instruments, newest first. If one instrument does not
 * answer, the whole request fails: a list with orders missing would look complete.
 */
export async function listOrders(
  env: Env,
  { client_id, instrument, limit, before, status }: z.output<typeof ordersQuery>,
): Promise<Page> {
  const venue = venueOf(env);
  const specs = instrument === undefined ? venue.specs : [venue.spec(instrument)];
  if (status !== "open") {
    const { orders, covers } = await new History(env).ordersOf(specs, client_id, before, limit);
    return pageOf({ client_id, covers, orders }, orders.length === limit);
  }
  const range = { clientId: client_id, limit, before };
  const texts = await Promise.all(
    specs.map((spec) => call(venue.object(spec.instrument).readOpenOrders(range))),
  );
  const lists = texts.map((text): OrderListView => JSON.parse(text));
  // The lists that may continue after their last order.
  const unended = lists.filter(
    ({ orders }, index) => orders.length === limit || mayBeShort(texts[index]?.length ?? 0),
  );
  const [list, ...others] = lists;
  if (list !== undefined && others.length === 0) return pageOf(list, unended.length > 0);
  const covers = lists.flatMap((each) => each.covers);
  const orders = lists.flatMap((each) => each.orders).sort(newestFirst);
  // Orders older than the end of such a list are left out, since the list may have newer ones.
  const [newestEnd = ""] = unended
    .map((each) => each.orders.at(-1)?.order_id ?? "")
    .sort()
    .reverse();
  const known = orders.filter(({ order_id }) => order_id >= newestEnd);
  const page = known.slice(0, limit);
  return pageOf({ client_id, covers, orders: page }, unended.length > 0 || page.length < known.length);
}

/** A page of as many orders as fit. @param hasMore whether orders may follow the last one. */
function pageOf(list: OrderListView, hasMore: boolean): Page {
  const orders = [...shortList(list.orders)];
  const isCursor = hasMore || orders.length < list.orders.length;
  const cursor = isCursor ? orders.at(-1)?.order_id : undefined;
  return { body: JSON.stringify({ ...list, orders } satisfies OrderListView), cursor };
}

/**
 * The newest order with a client order id, at one instrument or at all instruments, as JSON.
 * @throws Refusal if there is none.
 */
export async function orderOfName(
  env: Env,
  clientOrderId: string,
  { client_id, instrument }: { readonly client_id: string; readonly instrument?: string | undefined },
): Promise<string> {
  const venue = venueOf(env);
  const specs = instrument === undefined ? venue.specs : [venue.spec(instrument)];
  const answers = await Promise.all(
    specs.map((spec) => call(venue.object(spec.instrument).readByClientOrderId(client_id, clientOrderId))),
  );
  const found = answers.map(readAnswer).filter(({ status }) => status === 200);
  if (found.length === 0)
    throw new Refusal({
      code: "order_not_found",
      detail: "the client has no order with this client_order_id",
    });
  if (found.length === 1) return found[0]?.body as string;
  const orders = found.map(({ body }): ListedOrderView => JSON.parse(body));
  return JSON.stringify(orders.sort(newestFirst)[0]);
}

/** An order's id begins with the time of its acceptance. */
function newestFirst(one: ListedOrderView, other: ListedOrderView): number {
  return one.order_id < other.order_id ? 1 : -1;
}
