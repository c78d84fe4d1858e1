import { z } from "zod";

/** The target of a fault rule: requests to `/sql` and the WebSocket, or requests to the Redis paths. */
const faultTarget = z.enum(["postgres", "redis"]);
export type FaultTarget = z.infer<typeof faultTarget>;

const firing = {
  target: faultTarget,
  /**
   * The rule matches only requests whose body contains this text. A WebSocket has no body and never matches.
   */
  contains: z.string().min(1).optional(),
  /** The rule fires on each of the next `count` matching requests. */
  count: z.int().positive().optional(),
  /**
   * The rule fires on each matching request with this probability, drawn from a generator seeded with `seed`.
   */
  probability: z.number().gt(0).max(1).optional(),
  seed: z.int().nonnegative().optional(),
};

/**
 * One rule. The kinds and their effects:
 * - `delay`: waits `milliseconds`, then serves it as usual.
 * - `refuse`: closes the connection; nothing is executed.
 * - `status`: answers `status` (default 500); nothing is executed.
 * - `reset`: executes it, sends half of the answer, then resets the connection.
 * - `garbage`: executes it, answers 200 with garbage.
 * - `commit_then_drop`: executes it to the end, then closes the connection without a byte.
 */
export const faultRule = z
  .discriminatedUnion(
    "kind",
    [
      z.strictObject({ kind: z.literal("delay"), milliseconds: z.int().min(1).max(600_000), ...firing }),
      z.strictObject({ kind: z.literal("refuse"), ...firing }),
      z.strictObject({
        kind: z.literal("status"),
        status: z.int().min(400).max(599).default(500),
        ...firing,
      }),
      z.strictObject({ kind: z.literal("reset"), ...firing }),
      z.strictObject({ kind: z.literal("garbage"), ...firing }),
      z.strictObject({ kind: z.literal("commit_then_drop"), ...firing }),
    ],
    { error: "kind must be delay, refuse, status, reset, garbage or commit_then_drop" },
  )
  .refine((rule) => (rule.count === undefined) !== (rule.probability === undefined), {
    message: "give either count or probability",
    path: ["count"],
  })
  .refine((rule) => (rule.probability === undefined) === (rule.seed === undefined), {
    message: "probability needs a seed, and seed needs a probability",
    path: ["seed"],
  });

export type FaultRule = z.infer<typeof faultRule>;
/** A rule as a caller states it, without defaults. */
export type FaultRuleInput = z.input<typeof faultRule>;
export type FaultKind = FaultRule["kind"];

/** The kinds that are possible on a WebSocket. The others require a request with one answer. */
export const webSocketFaultKinds: readonly FaultKind[] = ["delay", "refuse", "status", "reset"];

/** A rule, active or used up, with the number of requests that it matched and hit. */
export interface FaultState {
  id: number;
  rule: FaultRule;
  matched: number;
  fired: number;
  /** Remaining firings of a rule with a count; null for a rule with a probability. */
  remaining: number | null;
}

/** Firings since the gateway started, by `target.kind`. Removing rules does not reset them. */
export type FaultCounters = Record<string, number>;

/** The rules of one gateway, shared by its control port and by tests in the same process. */
export interface Faults {
  /** Adds a rule after the existing ones. Throws `z.ZodError` if the rule is malformed. */
  add(rule: FaultRuleInput): FaultState;
  /** Every rule, including used-up ones, in the order of addition. */
  list(): FaultState[];
  /** Removes one rule, or all without an id. Returns the number removed. */
  clear(id?: number): number;
  counters(): FaultCounters;
}

interface FaultRequest {
  target: FaultTarget;
  body: string | null;
  kinds?: readonly FaultKind[];
}

/** Decides for each request which fault fires: the first matching rule, and at most one. */
export class FaultRegistry implements Faults {
  readonly #entries: { state: FaultState; random: () => number }[] = [];
  readonly #counters: FaultCounters = {};
  #lastId = 0;

  add(input: FaultRuleInput): FaultState {
    const rule = faultRule.parse(input);
    this.#lastId += 1;
    const state: FaultState = { id: this.#lastId, rule, matched: 0, fired: 0, remaining: rule.count ?? null };
    this.#entries.push({ state, random: seededRandom(rule.seed ?? 0) });
    return structuredClone(state);
  }

  list(): FaultState[] {
    return this.#entries.map(({ state }) => structuredClone(state));
  }

  clear(id?: number): number {
    const before = this.#entries.length;
    const kept = id === undefined ? [] : this.#entries.filter(({ state }) => state.id !== id);
    this.#entries.splice(0, before, ...kept);
    return before - kept.length;
  }

  counters(): FaultCounters {
    return { ...this.#counters };
  }

  /** The rule that fires for this request, or null. Counts it as fired. */
  draw(request: FaultRequest): FaultRule | null {
    for (const { state, random } of this.#entries) {
      if (!matches(state.rule, request) || state.remaining === 0) continue;
      state.matched += 1;
      if (state.rule.probability !== undefined && random() >= state.rule.probability) continue;
      if (state.remaining !== null) state.remaining -= 1;
      state.fired += 1;
      const counter = `${request.target}.${state.rule.kind}`;
      this.#counters[counter] = (this.#counters[counter] ?? 0) + 1;
      return state.rule;
    }
    return null;
  }
}

function matches(rule: FaultRule, { target, body, kinds }: FaultRequest): boolean {
  if (rule.target !== target) return false;
  if (kinds !== undefined && !kinds.includes(rule.kind)) return false;
  return rule.contains === undefined || (body?.includes(rule.contains) ?? false);
}

/** A small generator (a Weyl sequence through a 32-bit mixer): one seed, one series of numbers in [0, 1). */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}
