import type { InstrumentSpec } from "../../protocol/instrument-spec.ts";
import { log } from "../runtime/log.ts";
import { IDEMPOTENCY_WINDOW_MS } from "../storage/answer-table.ts";
import type { Journal } from "./journal.ts";

/** How long an unused client without stored data keeps its number. */
const IDLE_MS_MAX = 30 * 24 * 60 * 60 * 1000;
/** Beyond this many clients, the others are kept only for the window of their keys. */
const CLIENTS_KEPT = 100_000;

/** The clients checked together. */
const CLIENTS_AT_ONCE = 10_000;
/** The orders checked in one turn. */
const ORDERS_AT_ONCE = 2_000;
const REMOVED_AT_ONCE = 500;
const ANSWERS_AT_ONCE = 1_000;
const RUN_MS_MAX = 2_000;
const PAUSE_MS = 60_000;

/** A set of idle clients, and how far orders were searched for their names. */
interface Round {
  readonly idle: readonly number[];
  readonly beforeMs: number;
  /** The clients that no order up to a number names. */
  readonly candidates: Set<number>;
  throughOrder: number;
  /** After all orders were searched: the clients that no order names, and that are still to be removed. */
  unnamed: number[] | undefined;
}

/**
 * Removes clients without stored data, so that names that are used once do not stay for ever. It takes idle
 * clients, and searches all orders for their names, a part each turn.
 */
export class ClientPruner {
  readonly #storage: DurableObjectStorage;
  readonly #spec: InstrumentSpec;
  readonly #journal: Journal;
  readonly #settle: () => void;
  readonly #onRemoved: () => void;
  #round: Round | undefined;
  #nextRoundMs = 0;

  /**
   * @param settle stores what is still to be stored of any client. It is called before any is removed.
   * @param onRemoved called after clients were removed. Others may get their numbers.
   */
  constructor(
    storage: DurableObjectStorage,
    spec: InstrumentSpec,
    journal: Journal,
    settle: () => void,
    onRemoved: () => void,
  ) {
    this.#settle = settle;
    this.#storage = storage;
    this.#spec = spec;
    this.#journal = journal;
    this.#onRemoved = onRemoved;
  }

  /** Resets the state after storage was rewritten. */
  forget(): void {
    this.#round = undefined;
  }

  /** Continues for a while, a part each turn. It never throws: a failed turn is undone, and retried later. */
  async run(): Promise<void> {
    const deadlineMs = Date.now() + RUN_MS_MAX;
    try {
      while (Date.now() < deadlineMs) {
        const nowMs = Date.now();
        if (this.#round === undefined && nowMs < this.#nextRoundMs) return;
        this.#storage.transactionSync(this.#settle);
        this.#storage.transactionSync(() => this.#step(nowMs));
        await this.#storage.sync();
      }
    } catch (error) {
      this.#round = undefined;
      this.#nextRoundMs = Date.now() + PAUSE_MS;
      const { instrument } = this.#spec;
      log("error", "client_pruning_failed", { instrument, error: String(error) });
    }
  }

  #step(nowMs: number): void {
    // If nobody trades, no flush does this.
    this.#journal.answers.forgetOlder(nowMs - IDEMPOTENCY_WINDOW_MS, ANSWERS_AT_ONCE);
    const round = this.#round ?? this.#begin(nowMs);
    if (round === undefined) {
      this.#nextRoundMs = nowMs + PAUSE_MS;
      return;
    }
    this.#round = round;
    if (round.unnamed === undefined) this.#lookAtOrders(round);
    else this.#remove(round.unnamed, round, nowMs);
  }

  #begin(nowMs: number): Round | undefined {
    const { clients } = this.#journal;
    const behindMs = clients.usedMsBehind(CLIENTS_KEPT) ?? Number.NEGATIVE_INFINITY;
    const beforeMs = Math.min(
      Math.max(nowMs - IDLE_MS_MAX, behindMs + 1),
      nowMs - IDEMPOTENCY_WINDOW_MS,
      // Clients are not removed while a key from before their last use may be stored.
      this.#journal.answers.oldestMs() ?? Number.POSITIVE_INFINITY,
    );
    const idle = clients.idle(beforeMs, CLIENTS_AT_ONCE);
    if (idle.length === 0) return undefined;
    return { idle, beforeMs, candidates: new Set(idle), throughOrder: 0, unnamed: undefined };
  }

  /** Clients that the next orders name stay. A later order marks its client as used. */
  #lookAtOrders(round: Round): void {
    const named = this.#journal.clientsNamed(round.throughOrder, ORDERS_AT_ONCE);
    for (const { client_number, group_number } of named) {
      round.candidates.delete(client_number);
      if (group_number !== null) round.candidates.delete(group_number);
    }
    const last = named.at(-1);
    if (last === undefined) round.unnamed = [...round.candidates];
    else round.throughOrder = last.order_number;
  }

  #remove(unnamed: number[], round: Round, nowMs: number): void {
    const { clients } = this.#journal;
    const next = unnamed.splice(-REMOVED_AT_ONCE);
    if (clients.remove(next, round.beforeMs) > 0) this.#onRemoved();
    if (unnamed.length > 0) return;
    // The other clients are marked as used, so that they are not checked again too soon.
    clients.keep(round.idle, nowMs);
    this.#round = undefined;
  }
}
