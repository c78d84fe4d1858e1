import {
  BUY,
  type ClientNumber,
  type OrderNumber,
  SELL,
  type TimeMs,
} from "../../../engine/vocabulary/units.ts";
import type { ErrorCode, Problem } from "../../../protocol/error-code.ts";
import { parseOrderId } from "../../../protocol/order-id.ts";
import type {
  AmendCall,
  CancelAllCall,
  OcoCall,
  PlaceCall,
  SingleCall,
  StatusCall,
} from "../../calls/call.ts";
import type { OrderOwner, OrderRecord } from "../../records/order-record.ts";
import { orderView } from "../../records/order-view.ts";
import type { OwnedCommand } from "./command-runner.ts";
import type { FlushContext } from "./flush-context.ts";
import { giveBack, type TakenNames, takeNames } from "./order-names.ts";
import { type Stamp, toAmendCommand, toOcoCommand, toPlaceCommand } from "./to-command.ts";

/** A command for a request. */
export interface Prepared extends OwnedCommand {
  /** Must be released if the command is rejected. */
  readonly names?: TakenNames;
}

export function isProblem(found: object): found is Problem & { readonly code: ErrorCode } {
  return "code" in found;
}

/** Converts a request to a command, or returns the first rule that its content breaks. */
export function prepare(context: FlushContext, request: SingleCall): Prepared | Problem {
  switch (request.kind) {
    case "place":
      return preparePlace(context, request);
    case "oco":
      return prepareOco(context, request);
    case "amend":
      return prepareAmend(context, request);
    case "cancel":
      return prepareCancel(context, request.orderId);
    case "cancel_all":
      return prepareCancelAll(context, request);
    case "status":
      return prepareStatus(context, request);
    case "unread":
      return request.problem;
  }
}

function preparePlace(context: FlushContext, request: PlaceCall): Prepared | Problem {
  const { clientId, idempotencyKey, clientOrderId, terms } = request;
  const stamp = stampOf(context, request);
  const names = takeNames(context, stamp.client, [["client_order_id", clientOrderId]]);
  if (isProblem(names)) return names;
  const command = toPlaceCommand(context.spec, request, stamp);
  if (isProblem(command)) return withdrawn(context, names, command);
  const selfTradeGroup = terms.selfTradeGroup ?? null;
  return { command, owners: [{ clientId, idempotencyKey, clientOrderId, selfTradeGroup }], names };
}

function prepareOco(context: FlushContext, request: OcoCall): Prepared | Problem {
  const { clientId, idempotencyKey, clientOrderIds, terms } = request;
  const [limitId, stopId] = clientOrderIds;
  const stamp = stampOf(context, request);
  const names = takeNames(context, stamp.client, [
    ["limit_client_order_id", limitId],
    ["stop_client_order_id", stopId],
  ]);
  if (isProblem(names)) return names;
  const command = toOcoCommand(context.spec, request, stamp);
  if (isProblem(command)) return withdrawn(context, names, command);
  const selfTradeGroup = terms.selfTradeGroup ?? null;
  const owners: OrderOwner[] = [
    // The key belongs to the pair. Its first order has it.
    { clientId, idempotencyKey, clientOrderId: limitId, selfTradeGroup },
    { clientId, idempotencyKey: null, clientOrderId: stopId, selfTradeGroup },
  ];
  return { command, owners, names };
}

function withdrawn(context: FlushContext, names: TakenNames, problem: Problem): Problem {
  giveBack(context, names);
  return problem;
}

function stampOf({ journal, timeMs }: FlushContext, { clientId, terms }: PlaceCall | OcoCall): Stamp {
  const group = terms.selfTradeGroup;
  return {
    timeMs,
    client: journal.clientNumber(clientId),
    groupNumber: group === undefined ? undefined : journal.groupNumber(clientId, group),
  };
}

/** Compares the order with the version that the client expects. */
function prepareAmend(context: FlushContext, request: AmendCall): Prepared | Problem {
  const { spec, timeMs } = context;
  const record = find(context, request.orderId);
  if (record === undefined) return ORDER_NOT_FOUND;
  const { expectedVersion } = request;
  if (expectedVersion !== undefined && expectedVersion !== record.updatedSequence) {
    const detail = `expected_version is ${expectedVersion}, but the order's updated_sequence is ${record.updatedSequence}`;
    const order = orderView(spec, record);
    return { code: "version_mismatch", field: "expected_version", detail, order };
  }
  const command = toAmendCommand(spec, request, record.orderNumber, timeMs);
  return isProblem(command) ? command : { command, owners: [] };
}

function prepareCancel(context: FlushContext, orderId: string): Prepared | Problem {
  const record = find(context, orderId);
  if (record === undefined) return ORDER_NOT_FOUND;
  const orderNumber = record.orderNumber as OrderNumber;
  return { command: { kind: "cancel", timeMs: context.timeMs as TimeMs, orderNumber }, owners: [] };
}

function find({ spec, runner }: FlushContext, orderId: string): OrderRecord | undefined {
  const identity = parseOrderId(orderId);
  if (identity?.instrumentNumber !== spec.number) return undefined;
  const record = runner.records.find(identity.orderNumber);
  return record?.timeMs === identity.timeMs ? record : undefined;
}

const ORDER_NOT_FOUND: Problem = { code: "order_not_found", detail: "no order has this id" };

/** A cancel of every open order of a client, which may be unknown here. */
function prepareCancelAll({ journal, timeMs }: FlushContext, { clientId, side }: CancelAllCall): Prepared {
  // Client numbers start at 1, so no client has the number 0.
  const client = (journal.knownClient(clientId) ?? 0) as ClientNumber;
  const ofSide = side === null ? {} : { side: side === "buy" ? BUY : SELL };
  return { command: { kind: "cancel_all", timeMs: timeMs as TimeMs, client, ...ofSide }, owners: [] };
}

function prepareStatus({ timeMs }: FlushContext, { status, forMs }: StatusCall): Prepared {
  const until = forMs === null ? {} : { untilMs: (timeMs + forMs) as TimeMs };
  return { command: { kind: "set_status", timeMs: timeMs as TimeMs, status, ...until }, owners: [] };
}
