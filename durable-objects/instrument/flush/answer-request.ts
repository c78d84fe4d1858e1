import type { Problem } from "../../../protocol/error-code.ts";
import type { Answer } from "../../calls/answer.ts";
import type { SingleCall } from "../../calls/call.ts";
import { answeredBefore, keep, keyedOf, keyProblem, refuse } from "./answered.ts";
import type { FlushContext } from "./flush-context.ts";
import { giveBack } from "./order-names.ts";
import { answerOf, rejectionOf } from "./outcome-answer.ts";
import { isProblem, prepare } from "./prepare.ts";

/**
 * Answers an order, or any other request that is not a batch: looks up an earlier answer, prepares a command,
 * runs it, answers, and stores the answer under the request's key. A refused request has no effect. The
 * answer is stored unless the instrument refuses the request for now: such a request may be sent again under
 * its key.
 */
export function answerRequest(context: FlushContext, request: SingleCall): Answer {
  const keyed = keyedOf(request);
  const before = answeredBefore(context, keyed);
  if (before !== undefined) return before;
  const refusal = refusalOf(context, request) ?? keyProblem(context, keyed);
  if (refusal !== undefined) return refuse(context, refusal);
  const given = execute(context, request);
  keep(context, keyed, given);
  return given;
}

/** The reason why the instrument refuses such a request now. */
export function refusalOf({ gate }: FlushContext, { kind }: SingleCall): Problem | undefined {
  switch (kind) {
    case "place":
    case "oco":
    case "amend":
      return gate.orderRefusal;
    case "cancel":
    case "cancel_all":
    case "status":
      return gate.cancelRefusal;
    case "unread":
      return undefined;
  }
}

function execute(context: FlushContext, request: SingleCall): Answer {
  const { clients } = context.journal;
  clients.begin();
  const prepared = prepare(context, request);
  if (isProblem(prepared)) {
    clients.withdraw();
    return refuse(context, prepared);
  }
  const outcome = context.runner.run(prepared);
  if (typeof outcome !== "string") return answerOf(context, prepared.command, outcome);
  giveBack(context, prepared.names);
  clients.withdraw();
  return refuse(context, rejectionOf(context, prepared.command, outcome));
}
