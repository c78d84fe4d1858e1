import type { InstrumentSpec } from "../../protocol/instrument-spec.ts";
import { log } from "../runtime/log.ts";
import { IDEMPOTENCY_WINDOW_MS } from "../storage/answer-table.ts";
import type { Journal } from "./journal.ts";

/** How long a client is remembered of whom nothing is stored. */
const IDLE_MS_MAX = 30 * 24 * 60 * 60 * 1000;
/** Of more clients than these, the others are remembered only for the window of their keys. */
const CLIENTS_KEPT = 100_000;

/** So many are looked at together. */
const CLIENTS_AT_ONCE = 10_000;
/** What one turn handles. */
const ORDERS_AT_ONCE = 2_000;
const REMOVED_AT_ONCE = 500;
const ANSWERS_AT_ONCE = 1_000;
const RUN_MS_MAX = 2_000;
const PAUSE_MS = 60_000;

/** Clients that have been idle for long, and how far it is known whether an order names them. */
interface Round {
  readonly idle: readonly number[];
  readonly beforeMs: number;
  /** Those that no order up to a number names. */
  readonly candidates: Set<number>;
  throughOrder: number;
  /** Once all orders were looked at: those that none names, and that have yet to be removed. */
  unnamed: number[] | undefined;
}

/**
 * Forgets clients of whom nothing is stored any more, so that names which are used once do not stay for ever. It
 * looks at the idle ones, then at all orders, a little each turn, for one that names them.
 */
export class ClientPruner {
  readonly #storage: DurableObjectStorage;
  readonly #spec: InstrumentSpec;
  readonly #journal: Journal;
  readonly #onRemoved: () => void;
  #round: Round | undefined;
  #nextRoundMs = 0;

  /** @param onRemoved called when clients have left, and others may get their numbers. */
  constructor(storage: DurableObjectStorage, spec: InstrumentSpec, journal: Journal, onRemoved: () => void) {
    this.#storage = storage;
    this.#spec = spec;
    this.#journal = journal;
    this.#onRemoved = onRemoved;
  }

  /** After storage was written anew. */
  forget(): void {
    this.#round = undefined;
  }

  /** Goes on for a while, a little each turn. Never throws: what fails is undone, and tried again later. */
  async run(): Promise<void> {
    const deadlineMs = Date.now() + RUN_MS_MAX;
    try {
      while (Date.now() < deadlineMs) {
        const nowMs = Date.now();
        if (this.#round === undefined && nowMs < this.#nextRoundMs) return;
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
    // Where nobody trades, no flush does it.
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
      // A key that is still stored is of somebody who was used since.
      this.#journal.answers.oldestMs() ?? Number.POSITIVE_INFINITY,
    );
    const idle = clients.idle(beforeMs, CLIENTS_AT_ONCE);
    if (idle.length === 0) return undefined;
    return { idle, beforeMs, candidates: new Set(idle), throughOrder: 0, unnamed: undefined };
  }

  /** Whoever is named by the next orders stays. An order that comes later notes its client as used. */
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
    // The others, that they are not looked at again too soon.
    clients.keep(round.idle, nowMs);
    this.#round = undefined;
  }
}
