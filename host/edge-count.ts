import { availableParallelism } from "node:os";

const EDGES_MAX = 64;
const DEFAULT_MAX = 8;

/**
 * Reads EDGES, the number of processes that answer HTTP. By default workerd keeps a core to itself, and each
 * other core has an edge. @throws with the broken rule.
 */
export function edgeCount(text: string | undefined, cores = availableParallelism()): number {
  if (text === undefined || text === "") return Math.min(DEFAULT_MAX, Math.max(1, cores - 1));
  const count = Number(text);
  if (/^\d+$/.test(text) && count <= EDGES_MAX) return count;
  throw new Error(`EDGES must be a whole number from 0 to ${EDGES_MAX}, but is "${text}"`);
}
