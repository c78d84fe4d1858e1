import type { Problem } from "../../protocol/error-code.ts";
import { type Answer, problemAnswer, replayed } from "./answer.ts";
import type { FlushContext } from "./prepared.ts";

/** How long an idempotency key keeps its answer. */
export const IDEMPOTENCY_WINDOW_MS = 24 * 60 * 60 * 1000;

/** Stands for a request whose words are no longer known: any under its key is taken for a repeat. */
export const ANY_REQUEST = "*";

/** A request that a client may repeat under its key. */
export interface Keyed {
  readonly clientId: string;
  readonly idempotencyKey: string | null;
  /** What makes two requests under one key the same request; asked for where there is a key. */
  readonly identity: () => string;
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
  if (refusal !== undefined) {
    // Nothing is written now, not even that a client has called; a repeat gets its answer.
    const client = journal.knownClient(clientId);
    return (client === undefined ? undefined : repeat(context, keyed, client)) ?? refuse(context, refusal);
  }
  if (idempotencyKey === null) return run();
  const client = journal.clientNumber(clientId);
  const repeated = repeat(context, keyed, client);
  if (repeated !== undefined) return repeated;
  const given = run();
  journal.storeAnswer(client, idempotencyKey, timeMs, identity(), given);
  return given;
}

function repeat(
  context: FlushContext,
  { idempotencyKey, identity }: Keyed,
  client: number,
): Answer | undefined {
  if (idempotencyKey === null) return undefined;
  const stored = context.journal.storedAnswer(client, idempotencyKey);
  if (stored === undefined) return undefined;
  if (stored.request === identity() || stored.request === ANY_REQUEST) {
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
export function refuse({ metrics }: FlushContext, problem: Problem): Answer {
  metrics.countReject(problem.code);
  return problemAnswer(problem);
}
