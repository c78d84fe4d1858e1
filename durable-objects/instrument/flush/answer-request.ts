import type { TimeMs } from "../../../engine/vocabulary/units.ts";
import type { Problem } from "../../../protocol/error-code.ts";
import { rejection } from "../../../protocol/rejection.ts";
import { type Answer, answer } from "../../calls/answer.ts";
import type { BatchRequest, Request, StatusRequest } from "../../calls/request.ts";
import { prepareAmend, prepareCancel, prepareCancelAll } from "./change-order.ts";
import { answerOnce, keyedOf, refuse } from "./idempotency.ts";
import { prepareOco, preparePlace } from "./place-order.ts";
import { type FlushContext, isProblem, type Prepared } from "./prepared.ts";

/** Does what a request asks that is no batch, and answers it, or refuses it and does nothing. */
export function answerRequest(context: FlushContext, request: Exclude<Request, BatchRequest>): Answer {
  const { gate } = context;
  switch (request.kind) {
    case "place":
    case "oco":
      return answerOnce(context, keyedOf(request), gate.orderRefusal, () => run(context, request));
    case "amend":
    case "cancel":
    case "cancel_all":
    case "unread": {
      const refusal = refusalOf(context, request);
      return refusal === undefined ? run(context, request) : refuse(context, refusal);
    }
    case "status":
      return setStatus(context, request);
  }
}

export type SingleRequest = Exclude<Request, BatchRequest | StatusRequest>;

/** What a request comes to, or why it is refused. */
export function prepare(context: FlushContext, request: SingleRequest): Prepared | Problem {
  switch (request.kind) {
    case "place":
      return preparePlace(context, request);
    case "oco":
      return prepareOco(context, request);
    case "amend":
      return prepareAmend(context, request);
    case "cancel":
      return prepareCancel(context, request);
    case "cancel_all":
      return prepareCancelAll(context, request);
    case "unread":
      return request.problem;
  }
}

/** Why the instrument takes no such request now. */
export function refusalOf({ gate }: FlushContext, { kind }: SingleRequest): Problem | undefined {
  if (kind === "unread") return undefined;
  return kind === "cancel" || kind === "cancel_all" ? gate.cancelRefusal : gate.orderRefusal;
}

function run(context: FlushContext, request: SingleRequest): Answer {
  const { clients } = context.journal;
  clients.begin();
  const prepared = prepare(context, request);
  if (isProblem(prepared)) {
    clients.withdraw();
    return refuse(context, prepared);
  }
  const outcome = context.runner.run(prepared);
  if (typeof outcome !== "string") return prepared.answer(outcome);
  prepared.release?.();
  clients.withdraw();
  return refuse(context, prepared.problem(outcome));
}

function setStatus(context: FlushContext, { status, forMs }: StatusRequest): Answer {
  const { spec, gate, runner, timeMs } = context;
  if (gate.cancelRefusal !== undefined) return refuse(context, gate.cancelRefusal);
  const until = forMs === null ? {} : { untilMs: (timeMs + forMs) as TimeMs };
  const command = { kind: "set_status", timeMs: timeMs as TimeMs, status, ...until } as const;
  const outcome = runner.run({ command, owners: [] });
  // No other reason is given for this command.
  if (typeof outcome === "string") return refuse(context, rejection(spec, "work_unfinished"));
  return answer(200, JSON.stringify({ trading_status: status }));
}
