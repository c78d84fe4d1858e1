import type { Problem } from "../../../protocol/error-code.ts";
import { type Answer, problemAnswer, replayed } from "../../calls/answer.ts";
import {
  type BatchRequest,
  type OcoRequest,
  type PlaceRequest,
  pairIdentity,
  type Request,
  requestIdentity,
} from "../../calls/request.ts";
import type { FlushContext } from "./prepared.ts";

/** Stands for a request whose words are no longer known: any under its key is taken for a repeat. */
export const ANY_REQUEST = "*";

/** A request that a client may repeat under its key. */
export interface Keyed {
  readonly clientId: string;
  readonly idempotencyKey: string | null;
  /** What makes two requests under one key the same request; asked for where there is a key. */
  readonly identity: () => string;
}

/** The same of one that has a key. */
export interface SurelyKeyed extends Keyed {
  readonly idempotencyKey: string;
}

/** What of a request is known by its key; undefined for one of a kind that has none, or a batch without one. */
export function keyedOf(request: PlaceRequest | OcoRequest): Keyed;
export function keyedOf(request: BatchRequest): SurelyKeyed | undefined;
export function keyedOf(request: Request): Keyed | undefined;
export function keyedOf(request: Request): Keyed | undefined {
  switch (request.kind) {
    case "place":
      return { ...request, identity: () => requestIdentity(request) };
    case "oco":
      return { ...request, identity: () => pairIdentity(request) };
    case "batch": {
      const { clientId, idempotencyKey, identity } = request;
      if (clientId === null || idempotencyKey === null) return undefined;
      return { clientId, idempotencyKey, identity: () => identity };
    }
    default:
      return undefined;
  }
}

/** The stored answer to a request whose key has been used; otherwise what `run` answers, which is stored. */
export function answerOnce(
  context: FlushContext,
  keyed: Keyed,
  refusal: Problem | undefined,
  run: () => Answer,
): Answer {
  const { journal, timeMs } = context;
  const { clientId, idempotencyKey, identity } = keyed;
  if (refusal !== undefined) return answerRefused(context, keyed, refusal);
  const known = idempotencyKey === null ? undefined : journal.knownClient(clientId);
  const repeated = known === undefined ? undefined : repeat(context, keyed, known);
  if (repeated !== undefined) return repeated;
  if (known !== undefined && areKeysUsedUp(context, known, 1)) return refuse(context, tooManyKeys(context));
  const given = run();
  if (idempotencyKey !== null)
    journal.answers.store(journal.clientNumber(clientId), idempotencyKey, timeMs, identity(), given);
  return given;
}

/** How far a request has come that is answered in several flushes. */
export interface TurnsProgress {
  /** What its parts so far were answered, in their order. */
  readonly answers: Answer[];
  /** How many of these are stored. */
  storedCount: number;
}

/**
 * The same of a request that may need several flushes. What it has done so far is stored with each of them, so
 * that a repeat after a crash goes on from there.
 * @param run answers the whole, or undefined where the next flush is to go on.
 */
export function answerInTurns(
  context: FlushContext,
  keyed: SurelyKeyed,
  refusal: Problem | undefined,
  progress: TurnsProgress,
  run: () => Answer | undefined,
): Answer | undefined {
  const { journal, timeMs } = context;
  const { clientId, idempotencyKey, identity } = keyed;
  if (progress.answers.length === 0) {
    if (refusal !== undefined) return answerRefused(context, keyed, refusal);
    const known = journal.knownClient(clientId);
    const repeated = known === undefined ? undefined : repeat(context, keyed, known);
    if (repeated !== undefined) return repeated;
    const begun = known === undefined ? [] : journal.answers.begun(known, idempotencyKey);
    for (const each of begun) progress.answers.push(each);
    progress.storedCount = begun.length;
    if (begun.length === 0 && known !== undefined && areKeysUsedUp(context, known, 1))
      return refuse(context, tooManyKeys(context));
  }
  const given = run();
  const client = journal.clientNumber(clientId);
  if (given === undefined) {
    const next = progress.answers.slice(progress.storedCount);
    journal.answers.begin(client, idempotencyKey, timeMs, identity(), next);
    progress.storedCount = progress.answers.length;
  } else if (progress.storedCount > 0)
    journal.answers.finish(client, idempotencyKey, timeMs, identity(), given);
  else journal.answers.store(client, idempotencyKey, timeMs, identity(), given);
  return given;
}

/** What answering takes that writes nothing. */
type RefusalContext = Pick<FlushContext, "journal" | "metrics">;

/** Refuses a request, unless its key has an answer. Nothing is written, not even that a client has called. */
export function answerRefused(context: RefusalContext, keyed: Keyed | undefined, refusal: Problem): Answer {
  const client = keyed && context.journal.knownClient(keyed.clientId);
  const repeated = client === undefined ? undefined : repeat(context, keyed as Keyed, client);
  return repeated ?? refuse(context, refusal);
}

/** Whether a client may not use so many more keys and names of orders in the window. */
export function areKeysUsedUp(
  { spec, journal, timeMs }: FlushContext,
  client: number,
  more: number,
): boolean {
  return journal.keys.count(client, timeMs) + more > spec.maximumKeysPerClient;
}

/** Not stored under a key: it may be sent again under it. */
export function tooManyKeys({ spec }: FlushContext): Problem {
  const detail = `a client may use ${spec.maximumKeysPerClient} keys and client order ids in 24 hours; nothing happened`;
  return { code: "too_many_keys", detail };
}

function repeat(
  context: RefusalContext,
  { idempotencyKey, identity }: Keyed,
  client: number,
): Answer | undefined {
  if (idempotencyKey === null) return undefined;
  const stored = context.journal.answers.find(client, idempotencyKey);
  if (stored === undefined) return undefined;
  if (stored.request === identity() || stored.request === ANY_REQUEST) {
    if (stored.answer === undefined) return undefined;
    context.metrics.countReplay();
    return replayed(stored.answer);
  }
  return refuse(context, {
    code: "idempotency_key_reused",
    field: "idempotency_key",
    detail: "this client has used the idempotency_key for a different order",
  });
}

/** Counts a refusal and puts it as an answer. */
export function refuse({ metrics }: Pick<FlushContext, "metrics">, problem: Problem): Answer {
  metrics.countReject(problem.code);
  return problemAnswer(problem);
}
