import type { Problem } from "../../../protocol/error-code.ts";
import { type Answer, problemAnswer, replayed } from "../../calls/answer.ts";
import { type ObjectCall, pairIdentity, requestIdentity } from "../../calls/call.ts";
import type { FlushContext } from "./flush-context.ts";

/** Represents a request whose content is no longer known. Any request under its key counts as a repeat. */
export const ANY_REQUEST = "*";

/** A request that its client may repeat under its key. */
export interface Keyed {
  readonly clientId: string;
  readonly idempotencyKey: string;
  /** Identifies equal requests under one key. */
  readonly identity: () => string;
}

/** The identification of a request for repeats; undefined for a request without a key. */
export function keyedOf(request: ObjectCall): Keyed | undefined {
  switch (request.kind) {
    case "place":
      return withKey(request.clientId, request.idempotencyKey, () => requestIdentity(request));
    case "oco":
      return withKey(request.clientId, request.idempotencyKey, () => pairIdentity(request));
    case "batch":
      return withKey(request.clientId, request.idempotencyKey, () => request.identity);
    default:
      return undefined;
  }
}

function withKey(
  clientId: string | null,
  idempotencyKey: string | null,
  identity: () => string,
): Keyed | undefined {
  return clientId === null || idempotencyKey === null ? undefined : { clientId, idempotencyKey, identity };
}

/** What looking up an answer and refusing a request require. They write nothing. */
type LookUpContext = Pick<FlushContext, "journal" | "metrics">;

/** The requests whose keys are looked up together. A flush may take fewer, and look some up again. */
export const LOOKED_UP_AT_ONCE = 16;

/** Looks up the keys of the next requests of a flush together. */
export function lookUpKeys({ journal }: LookUpContext, requests: readonly ObjectCall[]): void {
  const keys = [];
  for (const request of requests) {
    const keyed = keyedOf(request);
    const client = keyed && journal.knownClient(keyed.clientId);
    if (client !== undefined) keys.push({ client, idempotencyKey: keyed?.idempotencyKey ?? "" });
  }
  journal.answers.lookUp(keys);
}

/**
 * The stored answer of an earlier request, or the refusal of a different request under its key. Undefined if
 * the key is new, or if its batch has begun and is not finished.
 */
export function answeredBefore(context: LookUpContext, keyed: Keyed | undefined): Answer | undefined {
  if (keyed === undefined) return undefined;
  const { journal, metrics } = context;
  const client = journal.knownClient(keyed.clientId);
  const stored = client === undefined ? undefined : journal.answers.find(client, keyed.idempotencyKey);
  if (stored === undefined) return undefined;
  if (stored.request !== ANY_REQUEST && stored.request !== keyed.identity())
    return refuse(context, KEY_REUSED);
  if (stored.answer === undefined) return undefined;
  metrics.countReplay();
  return replayed(stored.answer);
}

const KEY_REUSED: Problem = {
  code: "idempotency_key_reused",
  field: "idempotency_key",
  detail: "the client has used this idempotency_key for a different request",
};

/**
 * Refuses a request, unless its key has an answer. This writes nothing, not even that the client has called.
 */
export function answerRefused(context: LookUpContext, keyed: Keyed | undefined, refusal: Problem): Answer {
  return answeredBefore(context, keyed) ?? refuse(context, refusal);
}

/** The reason why a client may not use another key. */
export function keyProblem(context: FlushContext, keyed: Keyed | undefined): Problem | undefined {
  const client = keyed && context.journal.knownClient(keyed.clientId);
  return client !== undefined && areKeysUsedUp(context, client, 1) ? tooManyKeys(context) : undefined;
}

/** Whether a client may not use this many more keys and client order ids in the window. */
export function areKeysUsedUp(
  { spec, journal, timeMs }: FlushContext,
  client: number,
  more: number,
): boolean {
  return journal.keys.count(client, timeMs) + more > spec.maximumKeysPerClient;
}

/** This refusal is not stored: the request may be sent again under its key. */
export function tooManyKeys({ spec }: FlushContext): Problem {
  const detail = `a client may use at most ${spec.maximumKeysPerClient} keys and client order ids in 24 hours; nothing happened`;
  return { code: "too_many_keys", detail };
}

/** Stores an answer under the key of its request. */
export function keep({ journal, timeMs }: FlushContext, keyed: Keyed | undefined, answer: Answer): void {
  if (keyed === undefined) return;
  const client = journal.clientNumber(keyed.clientId);
  journal.answers.store(client, keyed.idempotencyKey, timeMs, keyed.identity(), answer);
}

/** Counts a refusal and formats it as an answer. */
export function refuse({ metrics }: Pick<FlushContext, "metrics">, problem: Problem): Answer {
  metrics.countReject(problem.code);
  return problemAnswer(problem);
}
