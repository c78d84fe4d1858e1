import type { Problem } from "../../../protocol/error-code.ts";
import type { Answer } from "../../calls/answer.ts";
import type { BatchCall } from "../../calls/call.ts";
import { answerRequest, refusalOf } from "./answer-request.ts";
import { answeredBefore, answerRefused, type Keyed, keep, keyedOf, keyProblem, refuse } from "./answered.ts";
import { BATCH_EVENTS_MAX, batchAnswer, NOT_BEGUN } from "./batch-answer.ts";
import type { FlushContext } from "./flush-context.ts";
import { giveBack } from "./order-names.ts";
import { answerOf, rejectionOf } from "./outcome-answer.ts";
import { isProblem, type Prepared, prepare } from "./prepare.ts";

/** With so many events a flush takes nothing further, so that the event loop is not kept from all else. */
export const FLUSH_EVENTS_MAX = 250;

/** How far a batch has come that is answered in several flushes. */
export interface BatchProgress {
  /** What its entries so far were answered, in their order. */
  readonly answers: Answer[];
  /** How many of these are stored. */
  storedCount: number;
  /** How many events its entries have caused in the flushes before. */
  eventCount: number;
}

/** One key has one outcome: it cannot be that of an order and of all that came with it. */
const KEY_OF_ENTRY: Problem = {
  code: "idempotency_key_reused",
  field: "idempotency_key",
  detail: "the idempotency_key of the batch is that of one of its entries; nothing happened",
};

/**
 * Does what a batch asks, or as much of it as the flush has room for: looks up what it was answered before, does
 * its entries, answers, keeps the answer under the batch's key. What the entries were answered so far is kept
 * with each flush, so that a repeat after a crash goes on from there.
 * @param begun of a batch that a flush before has begun: how far it has come.
 * @returns the answer, or how far the batch has come where the next flush is to go on.
 */
export function answerBatch(
  flush: FlushContext,
  request: BatchCall,
  begun: BatchProgress | undefined,
): Answer | BatchProgress {
  const context = { ...flush, isBrief: request.isBrief };
  const keyed = keyedOf(request);
  const progress = begun ?? beginBatch(context, request, keyed);
  if (typeof progress === "string") return progress;
  const given = request.isAtomic ? answerAtomic(context, request) : answerEach(context, request, progress);
  if (given === undefined) {
    keepProgress(context, keyed, progress);
    return progress;
  }
  if (keyed !== undefined && progress.storedCount > 0)
    context.journal.answers.forgetBegun(context.journal.clientNumber(keyed.clientId), keyed.idempotencyKey);
  keep(context, keyed, given);
  return given;
}

/** Where a batch begins, or what it is answered without being done. */
function beginBatch(
  context: FlushContext,
  request: BatchCall,
  keyed: Keyed | undefined,
): BatchProgress | Answer {
  const progress: BatchProgress = { answers: [], storedCount: 0, eventCount: 0 };
  if (keyed === undefined) return progress;
  const { clientId, idempotencyKey } = keyed;
  const entry = request.entries.findIndex(
    (each) => each.kind === "place" && each.idempotencyKey === idempotencyKey && each.clientId === clientId,
  );
  if (entry >= 0) return refuse(context, { ...KEY_OF_ENTRY, entry });
  const before = answeredBefore(context, keyed);
  if (before !== undefined) return before;
  // What the instrument does not take now has not happened, and may be sent again under its key.
  const refusal = request.isAtomic ? refusalOfAny(context, request) : context.gate.cancelRefusal;
  if (refusal !== undefined) return refuse(context, refusal);
  const { answers } = context.journal;
  const client = context.journal.knownClient(clientId);
  for (const each of client === undefined ? [] : answers.begun(client, idempotencyKey))
    progress.answers.push(each);
  progress.storedCount = progress.answers.length;
  const problem = progress.storedCount === 0 ? keyProblem(context, keyed) : undefined;
  return problem === undefined ? progress : refuse(context, problem);
}

/** Keeps what the entries since the last flush were answered. */
function keepProgress(
  { journal, timeMs }: FlushContext,
  keyed: Keyed | undefined,
  progress: BatchProgress,
): void {
  if (keyed === undefined) return;
  const next = progress.answers.slice(progress.storedCount);
  const client = journal.clientNumber(keyed.clientId);
  journal.answers.begin(client, keyed.idempotencyKey, timeMs, keyed.identity(), next);
  progress.storedCount = progress.answers.length;
}

/** Why the instrument does not take all of a batch now. */
function refusalOfAny(context: FlushContext, { entries }: BatchCall): Problem | undefined {
  for (const [entry, request] of entries.entries()) {
    const refusal = refusalOf(context, request);
    if (refusal !== undefined) return { ...refusal, entry };
  }
  return undefined;
}

/** The next entries, each as if it had come alone, until the flush or the batch is full. */
function answerEach(
  context: FlushContext,
  { entries }: BatchCall,
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
function answerAtomic(context: FlushContext, { entries }: BatchCall): Answer {
  const { journal, runner, spec } = context;
  const prepared: Prepared[] = [];
  const refuseAll = (problem: Problem, entry: number): Answer => {
    for (const { names } of prepared) giveBack(context, names);
    journal.clients.withdraw();
    return refuse(context, { ...problem, entry });
  };
  journal.clients.begin();
  for (const [index, entry] of entries.entries()) {
    const next = refusalOf(context, entry) ?? prepare(context, entry);
    if (isProblem(next)) return refuseAll(next, index);
    prepared.push(next);
  }
  const outcomes = runner.runAll(prepared);
  if ("reason" in outcomes) {
    const { index, reason } = outcomes;
    return refuseAll(rejectionOf(context, (prepared[index] as Prepared).command, reason), index);
  }
  const answers: Answer[] = [];
  for (const outcome of outcomes)
    answers.push(answerOf(context, (prepared[answers.length] as Prepared).command, outcome));
  return batchAnswer(spec.instrument, answers);
}
