import type { OrderNumber, TimeMs } from "../../../engine/vocabulary/units.ts";
import { BUY, type ClientNumber, SELL, type Side } from "../../../engine/vocabulary/units.ts";
import type { Problem } from "../../../protocol/error-code.ts";
import { ANSWERED_CANCELS_MAX, type CancelledOrdersView } from "../../../protocol/order-group.ts";
import { parseOrderId } from "../../../protocol/order-id.ts";
import { rejection } from "../../../protocol/rejection.ts";
import { answer } from "../../calls/answer.ts";
import type { AmendRequest, CancelAllRequest, CancelRequest } from "../../calls/request.ts";
import type { OrderRecord } from "../../records/order-record.ts";
import { orderClosed, orderView } from "../../records/order-view.ts";
import { shortList } from "../../runtime/short-list.ts";
import { orderAnswer } from "./order-answer.ts";
import { type FlushContext, isProblem, type Prepared } from "./prepared.ts";
import { toAmendCommand } from "./to-command.ts";

/** Finds the order that is to be cancelled. */
export function prepareCancel(context: FlushContext, request: CancelRequest): Prepared | Problem {
  const { spec, runner } = context;
  const record = find(context, request.orderId);
  if (isProblem(record)) return record;
  const orderNumber = record.orderNumber as OrderNumber;
  return {
    command: { kind: "cancel", timeMs: context.timeMs as TimeMs, orderNumber },
    owners: [],
    problem: (reason) =>
      reason === "order_not_resting" ? orderClosed(spec, runner.known(orderNumber)) : rejection(spec, reason),
    answer: ({ cancelled }) => {
      for (const _ of cancelled) context.metrics.countCancel();
      return orderAnswer(context, 200, runner.known(orderNumber));
    },
  };
}

/** Finds the order that is to be changed, and holds it against the version that the client expects. */
export function prepareAmend(context: FlushContext, request: AmendRequest): Prepared | Problem {
  const { spec, runner, metrics } = context;
  const record = find(context, request.orderId);
  if (isProblem(record)) return record;
  const { expectedVersion } = request;
  if (expectedVersion !== undefined && expectedVersion !== record.updatedSequence) {
    const detail = `expected_version is ${expectedVersion}, the order is at ${record.updatedSequence}`;
    const order = orderView(spec, record);
    return { code: "version_mismatch", field: "expected_version", detail, order };
  }
  const command = toAmendCommand(spec, request, record.orderNumber, context.timeMs);
  if (isProblem(command)) return command;
  return {
    command,
    owners: [],
    problem: (reason) => {
      const now = runner.known(record.orderNumber);
      if (reason === "order_not_resting") return orderClosed(spec, now);
      if (reason === "terms_invalid") return termFault(request, now);
      if (reason === "too_many_slices") return { ...rejection(spec, reason), field: "quantity" };
      return rejection(spec, reason);
    },
    answer: (outcome) => {
      metrics.countAmend();
      return orderAnswer(context, 200, runner.known(record.orderNumber), outcome.trades);
    },
  };
}

/** What an amendment changes that the order does not have; a stop that was triggered has no stop price any more. */
function termFault({ stopPrice }: AmendRequest, { status, terms }: OrderRecord): Problem {
  const hasStop = status === "waiting" && terms?.stopPriceTicks !== undefined;
  const field = stopPrice !== undefined && !hasStop ? "stop_price" : "price";
  return { code: "terms_invalid", field, detail: `the order has no ${field} to amend` };
}

/** Every open order of a client, which may be unknown here. */
export function prepareCancelAll(context: FlushContext, request: CancelAllRequest): Prepared {
  const { spec, journal, runner, timeMs, metrics } = context;
  // Client numbers begin with 1: nobody has the number 0.
  const client = (journal.knownClient(request.clientId) ?? 0) as ClientNumber;
  const side: { side?: Side } = request.side === null ? {} : { side: request.side === "buy" ? BUY : SELL };
  return {
    command: { kind: "cancel_all", timeMs: timeMs as TimeMs, client, ...side },
    owners: [],
    problem: (reason) => {
      throw new Error(`a cancel of all orders was refused: ${reason}`);
    },
    answer: ({ cancelled }) => {
      for (const _ of cancelled) metrics.countCancel();
      const view: CancelledOrdersView = {
        instrument: spec.instrument,
        // What is left open does not trade any more; it ends in the flushes to come.
        cancelled_count: cancelled.length + runner.openCount(client, side.side),
        orders: [
          ...shortList(cancelled.slice(0, ANSWERED_CANCELS_MAX).map((record) => orderView(spec, record))),
        ],
      };
      return answer(200, JSON.stringify(view));
    },
  };
}

function find({ spec, runner }: FlushContext, orderId: string): OrderRecord | Problem {
  const identity = parseOrderId(orderId);
  const isHere = identity?.instrumentNumber === spec.number;
  const record = isHere ? runner.records.find(identity.orderNumber) : undefined;
  if (record !== undefined && record.timeMs === identity?.timeMs) return record;
  return { code: "order_not_found", detail: "no order has this id" };
}
