import { isBeyond } from "../../../engine/admit.ts";
import type { RejectReason } from "../../../engine/vocabulary/reject-reason.ts";
import type { Problem } from "../../../protocol/error-code.ts";
import type { InstrumentSpec } from "../../../protocol/instrument-spec.ts";
import type { PlacedPairView } from "../../../protocol/order-group.ts";
import { rejection } from "../../../protocol/rejection.ts";
import { answer } from "../../calls/answer.ts";
import type { OcoRequest, PlaceRequest } from "../../calls/request.ts";
import type { OrderOwner, OrderRecord } from "../../records/order-record.ts";
import { orderView } from "../../records/order-view.ts";
import { IDEMPOTENCY_WINDOW_MS } from "../../storage/answer-table.ts";
import type { Outcome } from "./command-runner.ts";
import { areKeysUsedUp, tooManyKeys } from "./idempotency.ts";
import { orderAnswer } from "./order-answer.ts";
import { type FlushContext, isProblem, type Prepared } from "./prepared.ts";
import { type Stamp, toOcoCommand, toPlaceCommand } from "./to-command.ts";

/** Reads a placed order, or finds the first rule that its own words break. */
export function preparePlace(context: FlushContext, request: PlaceRequest): Prepared | Problem {
  const { spec, journal } = context;
  const { clientId, idempotencyKey, clientOrderId, terms } = request;
  const client = journal.clientNumber(clientId);
  const ids = [clientOrderId];
  const taken = clientOrderIdProblem(context, client, ids, ["client_order_id"]);
  if (taken !== undefined) return taken;
  const stamp = stampOf(context, request);
  const command = toPlaceCommand(spec, request, stamp);
  if (isProblem(command)) return command;
  const owner = { clientId, idempotencyKey, clientOrderId, selfTradeGroup: terms.selfTradeGroup ?? null };
  return {
    command,
    owners: [owner],
    ...take(context, client, ids),
    problem: (reason) => problemOf(spec, reason),
    answer: (outcome) => {
      const record = acceptedOf(outcome, 0);
      context.metrics.countOrder(record.status);
      return orderAnswer(context, 201, record, outcome.trades);
    },
  };
}

/** The same of a pair. */
export function prepareOco(context: FlushContext, request: OcoRequest): Prepared | Problem {
  const { spec, journal } = context;
  const { clientId, idempotencyKey, clientOrderIds, terms } = request;
  const client = journal.clientNumber(clientId);
  const fields = ["limit_client_order_id", "stop_client_order_id"];
  const taken = clientOrderIdProblem(context, client, clientOrderIds, fields);
  if (taken !== undefined) return taken;
  const command = toOcoCommand(spec, request, stampOf(context, request));
  if (isProblem(command)) return command;
  const selfTradeGroup = terms.selfTradeGroup ?? null;
  const owners: OrderOwner[] = clientOrderIds.map((clientOrderId, leg) => {
    // The key is of the pair; its first order tells it.
    return { clientId, idempotencyKey: leg === 0 ? idempotencyKey : null, clientOrderId, selfTradeGroup };
  });
  return {
    command,
    owners,
    ...take(context, client, clientOrderIds),
    problem: (reason) => {
      const isOfLimitLeg = isBeyond(spec.rules, reason, command.priceTicks);
      return problemOf(spec, reason, isOfLimitLeg ? "price" : "stop_limit_price");
    },
    answer: (outcome) => {
      const legs = [acceptedOf(outcome, 0), acceptedOf(outcome, 1)] as const;
      for (const { status } of legs) context.metrics.countOrder(status);
      const view: PlacedPairView = { orders: [orderView(spec, legs[0]), orderView(spec, legs[1])] };
      return answer(201, JSON.stringify(view));
    },
  };
}

/** @param limitField the field of a limit that is out of bounds. */
function problemOf(spec: InstrumentSpec, reason: RejectReason, limitField = "price"): Problem {
  if (reason === "order_not_resting") throw new Error("a placed order was refused as a cancel");
  return rejection(spec, reason, limitField);
}

function acceptedOf({ accepted }: Outcome, index: number): OrderRecord {
  const record = accepted[index];
  if (record === undefined) throw new Error("a command that places an order let none in");
  return record;
}

function stampOf({ journal, timeMs }: FlushContext, { clientId, terms }: PlaceRequest | OcoRequest): Stamp {
  const client = journal.clientNumber(clientId);
  const group = terms.selfTradeGroup;
  return {
    timeMs,
    client,
    groupNumber: group === undefined ? undefined : journal.groupNumber(clientId, group),
  };
}

/** Why a client may not give its orders these names. */
function clientOrderIdProblem(
  context: FlushContext,
  client: number,
  ids: readonly (string | null)[],
  fields: readonly string[],
): Problem | undefined {
  const count = ids.filter((id) => id !== null).length;
  if (count > 0 && areKeysUsedUp(context, client, count)) return tooManyKeys(context);
  const index = ids.findIndex(
    (id, at) => id !== null && (ids.indexOf(id) !== at || isInUse(context, client, id)),
  );
  const field = fields[index];
  if (field === undefined) return undefined;
  return { code: "client_order_id_reused", field, detail: `${field} is that of another order of the client` };
}

/** Takes names for the rest of the flush. @returns how they are given back. */
function take(
  { clientOrderIds, journal, timeMs }: FlushContext,
  client: number,
  ids: readonly (string | null)[],
): { release?: () => void } {
  const names = ids.filter((id) => id !== null).map((id) => `${client} ${id}`);
  if (names.length === 0) return {};
  for (const name of names) clientOrderIds.add(name);
  journal.keys.add(client, timeMs, names.length);
  return {
    release: () => {
      for (const name of names) clientOrderIds.delete(name);
      journal.keys.add(client, timeMs, -names.length);
    },
  };
}

function isInUse(context: FlushContext, client: number, id: string): boolean {
  const { journal, runner, timeMs, clientOrderIds } = context;
  if (clientOrderIds.has(`${client} ${id}`)) return true;
  const stored = journal.orders.byClientOrderId(client, id);
  if (stored === undefined) return false;
  const { status } = runner.records.find(stored.orderNumber) ?? stored;
  const hasEnded = status === "filled" || status === "cancelled";
  return !hasEnded || stored.timeMs > timeMs - IDEMPOTENCY_WINDOW_MS;
}
