import type { Problem } from "../../../protocol/error-code.ts";
import type { Answer } from "../../calls/answer.ts";
import type { BatchRequest } from "../../calls/request.ts";
import { answerRequest, prepare, refusalOf } from "./answer-request.ts";
import { BATCH_EVENTS_MAX, batchAnswer, NOT_BEGUN } from "./batch-answer.ts";
import { answerInTurns, answerRefused, keyedOf, refuse, type TurnsProgress } from "./idempotency.ts";
import { type FlushContext, isProblem, type Prepared } from "./prepared.ts";

/** With so many events a flush takes nothing further, so that the event loop is not kept from all else. */
export const FLUSH_EVENTS_MAX = 250;

/** How far a batch has come. */
export interface BatchProgress extends TurnsProgress {
  /** How many events its entries have caused in the flushes before. */
  eventCount: number;
}

export function newProgress(): BatchProgress {
  return { answers: [], storedCount: 0, eventCount: 0 };
}

/** One key has one outcome: it cannot be that of an order and of all that came with it. */
const KEY_OF_ENTRY: Problem = {
  code: "idempotency_key_reused",
  field: "idempotency_key",
  detail: "the idempotency_key of the batch is that of one of its entries; nothing happened",
};

/**
 * Does what a batch asks, or as much of it as the flush has room for.
 * @param progress of the same batch, to be given again.
 * @returns the answer, or undefined where the next flush is to go on.
 */
export function answerBatch(
  flush: FlushContext,
  request: BatchRequest,
  progress: BatchProgress,
): Answer | undefined {
  const { clientId, idempotencyKey, isAtomic, isBrief } = request;
  const context = { ...flush, isBrief };
  const answerAll = () =>
    isAtomic ? answerAtomic(context, request) : answerEach(context, request, progress);
  const keyed = keyedOf(request);
  if (keyed === undefined) return answerAll();
  const entry = request.entries.findIndex(
    (each) => each.kind === "place" && each.idempotencyKey === idempotencyKey && each.clientId === clientId,
  );
  if (entry >= 0) return refuse(context, { ...KEY_OF_ENTRY, entry });
  // What the instrument does not take now has not happened, and may be sent again under its key.
  const refusal = isAtomic ? refusalOfAny(context, request) : context.gate.cancelRefusal;
  return answerInTurns(context, keyed, refusal, progress, answerAll);
}

/** Why the instrument does not take all of a batch now. */
function refusalOfAny(context: FlushContext, { entries }: BatchRequest): Problem | undefined {
  for (const [entry, request] of entries.entries()) {
    const refusal = refusalOf(context, request);
    if (refusal !== undefined) return { ...refusal, entry };
  }
  return undefined;
}

/** The next entries, each as if it had come alone, until the flush or the batch is full. */
function answerEach(
  context: FlushContext,
  { entries }: BatchRequest,
  progress: BatchProgress,
): Answer | undefined {
  const { spec, runner } = context;
  const eventsBefore = runner.events.length;
  for (const entry of entries.slice(progress.answers.length)) {
    const mayBegin = progress.eventCount + runner.events.length - eventsBefore < BATCH_EVENTS_MAX;
    if (mayBegin && runner.events.length >= FLUSH_EVENTS_MAX) {
      progress.eventCount += runner.events.length - eventsBefore;
      return undefined;
    }
    const next = mayBegin ? answerRequest(context, entry) : answerRefused(context, keyedOf(entry), NOT_BEGUN);
    progress.answers.push(next);
  }
  return batchAnswer(spec.instrument, progress.answers);
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
