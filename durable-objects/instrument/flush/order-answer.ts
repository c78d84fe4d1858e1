import { formatSteps } from "../../../protocol/decimal.ts";
import type { InstrumentSpec } from "../../../protocol/instrument-spec.ts";
import type { TradeView } from "../../../protocol/market-data.ts";
import {
  ANSWERED_TRADES_MAX,
  type BriefOrderView,
  type OrderView,
  type PlacedOrderView,
} from "../../../protocol/order-entry.ts";
import { type Answer, answer } from "../../calls/answer.ts";
import type { OrderRecord } from "../../records/order-record.ts";
import { orderIdOf, orderView } from "../../records/order-view.ts";
import type { FlushContext } from "./prepared.ts";

/**
 * The answer to a request that an order has taken: the order as it is now.
 * @param trades what a request that may trade led to, trades of other orders among them.
 */
export function orderAnswer(
  { spec, isBrief }: FlushContext,
  status: number,
  record: OrderRecord,
  trades?: readonly TradeView[],
): Answer {
  return answer(status, JSON.stringify(isBrief ? briefView(spec, record) : fullView(spec, record, trades)));
}

function briefView(spec: InstrumentSpec, record: OrderRecord): BriefOrderView {
  return {
    order_id: orderIdOf(spec, record),
    status: record.status,
    filled_quantity: formatSteps(record.filledLots, spec.lot),
    updated_sequence: record.updatedSequence,
  };
}

function fullView(
  spec: InstrumentSpec,
  record: OrderRecord,
  trades: readonly TradeView[] | undefined,
): OrderView | PlacedOrderView {
  const view = orderView(spec, record);
  if (trades === undefined) return view;
  const { order_id } = view;
  const own = trades.filter(
    ({ maker_order_id, taker_order_id }) => taker_order_id === order_id || maker_order_id === order_id,
  );
  return { ...view, trades: own.slice(0, ANSWERED_TRADES_MAX), trade_count: own.length };
}
