import { readAnswer } from "../../durable-objects/calls/answer.ts";
import type { HeldOrderTradesAnswer } from "../../durable-objects/calls/instrument-calls.ts";
import type { Env } from "../../durable-objects/runtime/env.ts";
import type { OrderTradesView, TradeView } from "../../protocol/market-data.ts";
import { Refusal } from "../../protocol/refusal.ts";
import { call, venueOf } from "../http/venue.ts";
import { History } from "./history.ts";

/** The most calls to the instrument for one page. Each call searches about 60,000 events. */
const LOOKS_MAX = 10;

/**
 * A page of an order's trades, newest first: from the instrument's journal as far as it has no gap, the rest
 * from history.
 * @throws Refusal if there is no such order, or if the two together lack trades.
 */
export async function orderTrades(
  env: Env,
  orderId: string,
  {
    limit,
    before = Number.MAX_SAFE_INTEGER,
  }: { readonly limit: number; readonly before?: number | undefined },
): Promise<OrderTradesView> {
  const { object, identity, spec } = venueOf(env).objectOfOrder(orderId);
  const { orderNumber, timeMs } = identity;
  const trades: TradeView[] = [];
  let through = Number.MAX_SAFE_INTEGER;
  /** Searches the journal for trades after a sequence. */
  const look = async (after: number): Promise<HeldOrderTradesAnswer> => {
    const range = { limit: limit - trades.length, before, through, after };
    const answer: HeldOrderTradesAnswer = JSON.parse(
      readAnswer(await call(object.readOrder(identity, range))).body,
    );
    for (const trade of answer.trades) trades.push(trade);
    through = answer.completeAfter;
    return answer;
  };
  // An order's trades come after its acceptance.
  const { epoch, sequence, isHeld } = await look(orderNumber);
  const view = { order_id: orderId, instrument: spec.instrument, epoch, sequence, trades };
  if (isHeld && (trades.length === limit || through <= orderNumber)) return view;

  const history = new History(env);
  if (!history.isConfigured && !isHeld) throw notFound();
  const range = { before, through: isHeld ? through : Number.MAX_SAFE_INTEGER, limit };
  const past = await history.orderTrades(spec, { orderId, timeMs }, range);
  for (let looks = 1; through > past.asOfSequence && trades.length < limit; looks++) {
    const last = through;
    await look(Math.max(orderNumber, past.asOfSequence));
    if (through === last || looks === LOOKS_MAX) throw behind();
  }
  for (const trade of past.value) if (trades.length < limit) trades.push(trade);
  if (trades.length === 0 && !isHeld && (await history.order(spec, orderId)).value === undefined)
    throw notFound();
  return { ...view, as_of_sequence: past.asOfSequence };
}

function notFound(): Refusal {
  return new Refusal({ code: "order_not_found", detail: "no order has this id" });
}

function behind(): Refusal {
  const detail = "history does not yet have trades that the instrument no longer has; try again later";
  return new Refusal({ code: "history_unavailable", detail });
}
