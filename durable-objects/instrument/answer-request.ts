import type { TimeMs } from "../../engine/units.ts";
import type { Problem } from "../../protocol/error-code.ts";
import { rejection } from "../../protocol/rejection.ts";
import { type Answer, answer } from "./answer.ts";
import { BATCH_EVENTS_MAX, batchAnswer, NOT_BEGUN } from "./batch-answer.ts";
import { prepareAmend, prepareCancel, prepareCancelAll } from "./change-order.ts";
import { answerOnce, answerRefused, keyedOf, refuse } from "./idempotency.ts";
import { prepareOco, preparePlace } from "./place-order.ts";
import { type FlushContext, isProblem, type Prepared } from "./prepared.ts";
import type { BatchRequest, Request, StatusRequest } from "./request.ts";

/** Does what a request asks and answers it, or refuses it and does nothing. */
export function answerRequest(context: FlushContext, request: Request): Answer {
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
    case "batch":
      return answerBatch(context, request);
    case "status":
      return setStatus(context, request);
  }
}

type SingleRequest = Exclude<Request, BatchRequest | StatusRequest>;

function prepare(context: FlushContext, request: SingleRequest): Prepared | Problem {
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
function refusalOf({ gate }: FlushContext, { kind }: SingleRequest): Problem | undefined {
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

/** One key has one outcome: it cannot be that of an order and of all that came with it. */
const KEY_OF_ENTRY: Problem = {
  code: "idempotency_key_reused",
  field: "idempotency_key",
  detail: "the idempotency_key of the batch is that of one of its entries; nothing happened",
};

function answerBatch(flush: FlushContext, request: BatchRequest): Answer {
  const { clientId, idempotencyKey, isAtomic, isBrief } = request;
  const context = { ...flush, isBrief };
  const answerAll = () => (isAtomic ? answerAtomic(context, request) : answerEach(context, request));
  const keyed = keyedOf(request);
  if (keyed === undefined) return answerAll();
  const entry = request.entries.findIndex(
    (each) => each.kind === "place" && each.idempotencyKey === idempotencyKey && each.clientId === clientId,
  );
  if (entry >= 0) return refuse(context, { ...KEY_OF_ENTRY, entry });
  // What the instrument does not take now has not happened, and may be sent again under its key.
  const refusal = isAtomic ? refusalOfAny(context, request) : context.gate.cancelRefusal;
  return answerOnce(context, keyed, refusal, answerAll);
}

/** Why the instrument does not take all of a batch now. */
function refusalOfAny(context: FlushContext, { entries }: BatchRequest): Problem | undefined {
  for (const [entry, request] of entries.entries()) {
    const refusal = refusalOf(context, request);
    if (refusal !== undefined) return { ...refusal, entry };
  }
  return undefined;
}

/** Each entry as if it had come alone, until the flush is full. */
function answerEach(context: FlushContext, { entries }: BatchRequest): Answer {
  const { spec, runner } = context;
  const answers = entries.map((entry) =>
    runner.events.length < BATCH_EVENTS_MAX
      ? answerRequest(context, entry)
      : answerRefused(context, keyedOf(entry), NOT_BEGUN),
  );
  return batchAnswer(spec.instrument, answers);
}

/** All entries or none: what is refused first is the answer. */
function answerAtomic(context: FlushContext, { entries }: BatchRequest): Answer {
  const prepared: Prepared[] = [];
  const { clients } = context.journal;
  clients.begin();
  const refuseAll = (problem: Problem, entry: number): Answer => {
    for (const { release } of prepared) release?.();
    clients.withdraw();
    return refuse(context, { ...problem, entry });
  };
  for (const [index, entry] of entries.entries()) {
    const next = refusalOf(context, entry) ?? prepare(context, entry);
    if (isProblem(next)) return refuseAll(next, index);
    prepared.push(next);
  }
  const answers: Answer[] = [];
  const refusal = context.runner.runAll(prepared, (outcome, index) => {
    answers.push((prepared[index] as Prepared).answer(outcome));
  });
  if (refusal === undefined) return batchAnswer(context.spec.instrument, answers);
  const { index, reason } = refusal;
  return refuseAll((prepared[index] as Prepared).problem(reason), index);
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
