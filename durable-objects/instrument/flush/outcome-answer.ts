import { isBeyond } from "../../../engine/admit.ts";
import type { AmendCommand, CancelAllCommand, Command } from "../../../engine/vocabulary/command.ts";
import type { RejectReason } from "../../../engine/vocabulary/reject-reason.ts";
import { formatSteps } from "../../../protocol/decimal.ts";
import type { Problem } from "../../../protocol/error-code.ts";
import type { InstrumentSpec } from "../../../protocol/instrument-spec.ts";
import type { TradeView } from "../../../protocol/market-data.ts";
import {
  ANSWERED_TRADES_MAX,
  type BriefOrderView,
  type OrderView,
  type PlacedOrderView,
} from "../../../protocol/order-entry.ts";
import {
  ANSWERED_CANCELS_MAX,
  type CancelledOrdersView,
  type PlacedPairView,
} from "../../../protocol/order-group.ts";
import { rejection } from "../../../protocol/rejection.ts";
import { type Answer, answer } from "../../calls/answer.ts";
import type { OrderRecord } from "../../records/order-record.ts";
import { orderClosed, orderIdOf, orderView } from "../../records/order-view.ts";
import { shortList } from "../../runtime/short-list.ts";
import type { Outcome } from "./command-runner.ts";
import type { FlushContext } from "./flush-context.ts";

/**
 * The answer to a request whose command ran. Call it directly after the result of the command was recorded.
 */
export function answerOf(context: FlushContext, command: Command, outcome: Outcome): Answer {
  const { metrics, runner } = context;
  switch (command.kind) {
    case "place_limit":
    case "place_market":
    case "place": {
      const record = acceptedOf(outcome, 0);
      metrics.countOrder(record.status);
      return orderAnswer(context, 201, record, outcome.trades);
    }
    case "place_oco":
      return pairAnswer(context, acceptedOf(outcome, 0), acceptedOf(outcome, 1));
    case "amend":
      metrics.countAmend();
      return orderAnswer(context, 200, runner.known(command.orderNumber), outcome.trades);
    case "cancel":
      for (const _ of outcome.cancelled) metrics.countCancel();
      return orderAnswer(context, 200, runner.known(command.orderNumber));
    case "cancel_all":
      return cancelAllAnswer(context, command, outcome);
    case "set_status":
      return answer(200, JSON.stringify({ trading_status: command.status }));
    case "advance":
      throw new Error("no request advances a book");
  }
}

/** The rule that a rejected command breaks, in the terms of its request. */
export function rejectionOf(context: FlushContext, command: Command, reason: RejectReason): Problem {
  const { spec, runner } = context;
  if (command.kind === "amend") return amendRejection(context, command, reason);
  if (command.kind === "cancel" && reason === "order_not_resting")
    return orderClosed(spec, runner.known(command.orderNumber));
  if (command.kind === "place_oco") {
    const isOfLimitLeg = isBeyond(spec.rules, reason, command.priceTicks);
    return rejection(spec, known(reason), isOfLimitLeg ? "price" : "stop_limit_price");
  }
  return rejection(spec, known(reason));
}

/** A reason that only commands on an open order can have would be a bug here. */
function known(reason: RejectReason): Exclude<RejectReason, "order_not_resting"> {
  if (reason === "order_not_resting")
    throw new Error("a command that names no order was refused as one that does");
  return reason;
}

function amendRejection(
  { spec, runner }: FlushContext,
  command: AmendCommand,
  reason: RejectReason,
): Problem {
  const record = runner.known(command.orderNumber);
  if (reason === "order_not_resting") return orderClosed(spec, record);
  if (reason === "terms_invalid") return termFault(command, record);
  if (reason === "too_many_slices") return { ...rejection(spec, reason), field: "quantity" };
  return rejection(spec, reason);
}

/**
 * The rejection of an amendment that changes a field that the order does not have. A triggered stop no longer
 * has a stop price.
 */
function termFault({ stopPriceTicks }: AmendCommand, { status, terms }: OrderRecord): Problem {
  const hasStop = status === "waiting" && terms?.stopPriceTicks !== undefined;
  const field = stopPriceTicks !== undefined && !hasStop ? "stop_price" : "price";
  return { code: "terms_invalid", field, detail: `the order has no ${field} to amend` };
}

function acceptedOf({ accepted }: Outcome, index: number): OrderRecord {
  const record = accepted[index];
  if (record === undefined) throw new Error("a command that places an order let none in");
  return record;
}

/**
 * The answer to a request about one order: the order in its current state.
 * @param trades the trades that the request caused, including those of other orders.
 */
function orderAnswer(
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

function pairAnswer({ spec, metrics }: FlushContext, limit: OrderRecord, stop: OrderRecord): Answer {
  metrics.countOrder(limit.status);
  metrics.countOrder(stop.status);
  const view: PlacedPairView = { orders: [orderView(spec, limit), orderView(spec, stop)] };
  return answer(201, JSON.stringify(view));
}

function cancelAllAnswer(
  { spec, metrics, runner }: FlushContext,
  { client, side }: CancelAllCommand,
  { cancelled }: Outcome,
): Answer {
  for (const _ of cancelled) metrics.countCancel();
  const listed = cancelled.slice(0, ANSWERED_CANCELS_MAX).map((record) => orderView(spec, record));
  const view: CancelledOrdersView = {
    instrument: spec.instrument,
    // The orders still open no longer trade. Later flushes end them.
    cancelled_count: cancelled.length + runner.openCount(client, side),
    orders: [...shortList(listed)],
  };
  return answer(200, JSON.stringify(view));
}
