import type { Problem } from "../../../protocol/error-code.ts";
import type { Answer } from "../../calls/answer.ts";
import type { BatchCall } from "../../calls/call.ts";
import { answerRequest, refusalOf } from "./answer-request.ts";
import {
  answeredBefore,
  answerRefused,
  type Keyed,
  keep,
  keyedOf,
  keyProblem,
  LOOKED_UP_AT_ONCE,
  lookUpKeys,
  refuse,
} from "./answered.ts";
import { BATCH_EVENTS_MAX, batchAnswer, NOT_BEGUN } from "./batch-answer.ts";
import type { FlushContext } from "./flush-context.ts";
import { giveBack } from "./order-names.ts";
import { answerOf, rejectionOf } from "./outcome-answer.ts";
import { isProblem, type Prepared, prepare } from "./prepare.ts";

/** After this many events a flush takes nothing further, so that it does not block the event loop. */
export const FLUSH_EVENTS_MAX = 250;

/** The progress of a batch that is answered in several flushes. */
export interface BatchProgress {
  /** The answers of its entries so far, in order. */
  readonly answers: Answer[];
  /** The number of stored answers. */
  storedCount: number;
  /** The number of events that its entries caused in earlier flushes. */
  eventCount: number;
}

/** One key has one outcome: it cannot be that of an order and of the whole batch. */
const KEY_OF_ENTRY: Problem = {
  code: "idempotency_key_reused",
  field: "idempotency_key",
  detail: "the idempotency_key of the batch equals that of one of its entries; nothing happened",
};

/**
 * Executes a batch, or as much of it as the flush has room for: looks up an earlier answer, executes the
 * entries, answers, and stores the answer under the batch's key. Each flush stores the answers of the entries
 * so far, so that a repeat after a crash continues from there.
 * @param begun the progress of a batch that an earlier flush has begun.
 * @returns the answer, or the progress if the next flush must continue.
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

/** The start of a batch, or its answer if it is not executed. */
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
  // A request that the instrument refuses for now had no effect, and may be sent again under its key.
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

/** Stores the answers of the entries since the last flush. */
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

/** The reason why the instrument refuses the whole batch now. */
function refusalOfAny(context: FlushContext, { entries }: BatchCall): Problem | undefined {
  for (const [entry, request] of entries.entries()) {
    const refusal = refusalOf(context, request);
    if (refusal !== undefined) return { ...refusal, entry };
  }
  return undefined;
}

/** Answers the next entries, each like a request of its own, until the flush or the batch is full. */
function answerEach(
  context: FlushContext,
  { entries }: BatchCall,
  progress: BatchProgress,
): Answer | undefined {
  const { spec, runner } = context;
  const eventsBefore = runner.events.length;
  const left = entries.slice(progress.answers.length);
  for (const [index, entry] of left.entries()) {
    const mayBegin = progress.eventCount + runner.events.length - eventsBefore < BATCH_EVENTS_MAX;
    if (mayBegin && runner.events.length >= FLUSH_EVENTS_MAX) {
      progress.eventCount += runner.events.length - eventsBefore;
      return undefined;
    }
    if (index % LOOKED_UP_AT_ONCE === 0) lookUpKeys(context, left.slice(index, index + LOOKED_UP_AT_ONCE));
    const next = mayBegin ? answerRequest(context, entry) : answerRefused(context, keyedOf(entry), NOT_BEGUN);
    progress.answers.push(next);
  }
  return batchAnswer(spec.instrument, progress.answers);
}

/** Applies all entries or none. The first rejection is the answer. */
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
