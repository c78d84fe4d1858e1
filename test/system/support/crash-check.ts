import { FROM_ENGINE } from "../../../protocol/market-data.ts";
import type { PublicOrderView } from "../../../protocol/order-entry.ts";
import { type ClientLedger, contradiction, type Placement } from "./client-ledger.ts";
import type { HttpClient } from "./http-client.ts";
import { keyOf, type StoredState } from "./stored-state.ts";

/** The number of simultaneous calls of a check. */
const CALLS_AT_ONCE = 64;
/** The most levels and trades in one public answer. */
const LISTED_MAX = 1000;

/**
 * Compares what a killed venue stored with its clients' answers.
 * @returns the number of stored commands without an answer.
 * @throws if anything answered is missing or different, or anything is stored that no client sent.
 */
export function checkStored(stored: StoredState, ledger: ClientLedger): number {
  for (const [id, told] of ledger.orders) checkOrder(told, stored.orders.get(id), id);
  for (const [tradeId, told] of ledger.trades) {
    const now = JSON.stringify(stored.trades.get(tradeId));
    if (now !== JSON.stringify(told)) throw new Error(`told ${JSON.stringify(told)}\nstored ${now}`);
  }
  let untoldCount = 0;
  let acceptedCount = 0;
  for (const { clientId, idempotencyKey, answer } of ledger.placements) {
    const key = keyOf(clientId, idempotencyKey);
    const kept = stored.answers.get(key);
    if (answer === undefined && kept !== undefined) untoldCount++;
    if (answer !== undefined && (kept?.status !== answer.status || kept.body !== answer.body)) {
      throw new Error(`key ${key} was answered ${answer.body}, but ${kept?.body} is stored`);
    }
    if (stored.orderIds.has(key) !== (kept?.status === 201))
      throw new Error(`key ${key} has only a part of an outcome`);
    if (kept?.status === 201) acceptedCount++;
  }
  // Each key's order was counted once, so any more are orders that no client sent.
  if (acceptedCount !== stored.orders.size) {
    throw new Error(`${stored.orders.size} orders are stored, ${acceptedCount} were placed`);
  }
  return untoldCount;
}

/** Compares the book and the trades of a restarted venue with the stored ones. */
export async function checkMarketData(http: HttpClient, stored: StoredState): Promise<void> {
  const book = await http.get(`/public/orderbook?levels=${LISTED_MAX}`);
  const folded = JSON.stringify({ ...stored.book, ...FROM_ENGINE });
  if (book.body !== folded) {
    throw new Error(`the book is ${book.body}\nfolded it is ${folded}`);
  }
  const trades = await http.get(`/public/trades?limit=${LISTED_MAX}`);
  const expected = [...stored.trades.values()].slice(-LISTED_MAX).reverse();
  if (JSON.stringify(JSON.parse(trades.body).trades) !== JSON.stringify(expected)) {
    throw new Error("the trades shown are not the newest of the journal");
  }
}

/** Reads every order by its id. */
export async function checkOrders(http: HttpClient, told: readonly PublicOrderView[]): Promise<void> {
  await eachAtOnce(told, async (order) => {
    const { status, body } = await http.get(`/public/orders/${order.order_id}`);
    checkOrder(order, status === 200 ? JSON.parse(body) : undefined, order.order_id);
  });
}

/** Repeats every answered placement. The stored answer must be returned, byte for byte. */
export async function checkRepeats(http: HttpClient, answered: readonly Placement[]): Promise<void> {
  await eachAtOnce(answered, async ({ body, answer }) => {
    const again = await http.post("/orders", body);
    if (!again.isReplay || again.status !== answer?.status || again.body !== answer.body) {
      throw new Error(`${body}\nwas answered ${answer?.body}\nand again  ${again.body}`);
    }
  });
}

/**
 * Repeats every placement without an answer, twice at the same time. There must be one outcome: the stored
 * one, if there is one. Then repeats every cancel without an answer.
 */
export async function resolveUnknown(
  http: HttpClient,
  stored: StoredState,
  ledger: ClientLedger,
): Promise<void> {
  await eachAtOnce(ledger.unknownPlacements(), async (placement) => {
    const { clientId, idempotencyKey, body } = placement;
    const pair = await Promise.all([http.post("/orders", body), http.post("/orders", body)]);
    if (pair[0].body !== pair[1].body) throw new Error(`${body} has two outcomes`);
    const kept = stored.answers.get(keyOf(clientId, idempotencyKey));
    const replays = pair.filter(({ isReplay }) => isReplay).length;
    if (replays !== (kept === undefined ? 1 : 2) || (kept ?? pair[0]).body !== pair[0].body) {
      throw new Error(
        `${body}\nwas stored as ${kept?.body}\nand answered ${pair[0].body}, ${replays} replays`,
      );
    }
    ledger.placed(placement, pair[0]);
  });
  await eachAtOnce([...ledger.unknownCancels], async (orderId) => {
    ledger.cancelled(orderId, await http.post(`/orders/${orderId}/cancel`));
  });
}

function checkOrder(told: PublicOrderView, now: PublicOrderView | undefined, id: string): void {
  if (now === undefined) throw new Error(`order ${id} is lost: ${JSON.stringify(told)}`);
  const fault = contradiction(told, now);
  if (fault !== undefined) throw new Error(fault);
}

async function eachAtOnce<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: CALLS_AT_ONCE }, worker));
}
