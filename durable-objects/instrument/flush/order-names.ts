import type { Problem } from "../../../protocol/error-code.ts";
import { IDEMPOTENCY_WINDOW_MS } from "../../storage/answer-table.ts";
import { areKeysUsedUp, tooManyKeys } from "./answered.ts";
import type { FlushContext } from "./flush-context.ts";

/** Client order ids that a request has taken for the rest of the flush. */
export interface TakenNames {
  readonly client: number;
  readonly ids: readonly string[];
}

/** The client order ids in a request, each with its field; null if an order has none. */
export type GivenNames = readonly (readonly [field: string, id: string | null])[];

/** Takes the client order ids of a request, or returns why the client may not use them. */
export function takeNames(context: FlushContext, client: number, given: GivenNames): TakenNames | Problem {
  const ids = given.flatMap(([, id]) => (id === null ? [] : [id]));
  if (ids.length > 0 && areKeysUsedUp(context, client, ids.length)) return tooManyKeys(context);
  const reused = given.find(
    ([, id], index) =>
      id !== null && (given.findIndex((each) => each[1] === id) !== index || isInUse(context, client, id)),
  );
  if (reused !== undefined) {
    const [field] = reused;
    return {
      code: "client_order_id_reused",
      field,
      detail: `${field} is in use for another order of the client`,
    };
  }
  for (const id of ids) context.clientOrderIds.add(nameOf(client, id));
  if (ids.length > 0) context.journal.keys.add(client, context.timeMs, ids.length);
  return { client, ids };
}

/** Releases the ids of orders that were rejected. */
export function giveBack(
  { clientOrderIds, journal, timeMs }: FlushContext,
  names: TakenNames | undefined,
): void {
  if (names === undefined || names.ids.length === 0) return;
  for (const id of names.ids) clientOrderIds.delete(nameOf(names.client, id));
  journal.keys.add(names.client, timeMs, -names.ids.length);
}

function nameOf(client: number, id: string): string {
  return `${client} ${id}`;
}

function isInUse(context: FlushContext, client: number, id: string): boolean {
  const { journal, runner, timeMs, clientOrderIds } = context;
  if (clientOrderIds.has(nameOf(client, id))) return true;
  const stored = journal.orders.byClientOrderId(client, id);
  if (stored === undefined) return false;
  const { status } = runner.records.find(stored.orderNumber) ?? stored;
  const hasEnded = status === "filled" || status === "cancelled";
  return !hasEnded || stored.timeMs > timeMs - IDEMPOTENCY_WINDOW_MS;
}
