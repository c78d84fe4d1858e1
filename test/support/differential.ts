import { isDeepStrictEqual } from "node:util";
import type { RestingOrder } from "../../engine/book/order-book.ts";
import { stateHash } from "../../engine/book/state-hash.ts";
import type { Command } from "../../engine/vocabulary/command.ts";
import type { Event } from "../../engine/vocabulary/event.ts";
import type { InstrumentRules } from "../../engine/vocabulary/rules.ts";
import { BUY, type OrderNumber, SELL } from "../../engine/vocabulary/units.ts";
import {
  CommandGenerator,
  type FuzzStep,
  NEVER_GIVEN,
  type PlacingCommand,
  type SingleStep,
  type Target,
} from "./command-generator.ts";
import { FoldChecker } from "./fold-checker.ts";
import { FUZZ_PROFILES, type FuzzProfile } from "./fuzz-profiles.ts";
import { InvariantChecker } from "./invariants.ts";
import { NaiveBook } from "./naive-book.ts";
import { Random } from "./random.ts";
import { Sometimes } from "./sometimes.ts";
import { EngineBook, restoredBook } from "./test-book.ts";

/** An order that a step placed, and its number. */
interface Placed {
  readonly target: NonNullable<Target>;
  readonly orderNumber: number;
}

/**
 * Gives the engine's book and the naive one the same commands. After each, both must have the same outcome
 * and every invariant must hold. From time to time it also compares the state hashes of the folded and the
 * restored book.
 */
export class Differential {
  readonly engine: EngineBook;
  readonly naive: NaiveBook;
  readonly sometimes = new Sometimes();
  /** The applied commands, with the numbers of their orders. The commands of a group are together. */
  readonly commands: (Command | readonly Command[])[] = [];
  readonly #invariants: InvariantChecker;
  readonly #folds: FoldChecker;
  readonly #hashEvery: number;
  readonly #numbers = new Map<PlacingCommand, number[]>();

  /**
   * @param hashEvery the number of commands between comparisons of state hashes, which walk the whole book.
   */
  constructor(rules: InstrumentRules, hashEvery: number) {
    this.engine = new EngineBook(rules);
    this.naive = new NaiveBook(rules);
    this.#invariants = new InvariantChecker(this.engine);
    this.#folds = new FoldChecker(rules);
    this.#hashEvery = hashEvery;
  }

  /** Applies a step to both books. Returns the orders that it placed. @throws if anything is wrong. */
  step(step: FuzzStep): Placed[] {
    const { events, placing } = step.kind === "group" ? this.#group(step.steps) : this.#single(step);
    const { engine, naive } = this;
    for (const side of [BUY, SELL] as const)
      compareOrders(engine.restingOrders(side), naive.restingOrders(side));
    const slots = engine.book.orders.count;
    const open = engine.openOrders().length;
    if (slots !== open) throw new Error(`${slots} slots for ${open} orders`);
    this.#folds.follow(events);
    if (this.commands.length % this.#hashEvery === 0) this.checkStates();
    return this.#placed(placing, events);
  }

  #single(step: SingleStep): { events: readonly Event[]; placing: readonly PlacingCommand[] } {
    const command = this.#commandOf(step);
    this.commands.push(command);
    const { engine, naive } = this;
    const before = this.sometimes.before(engine, command);
    const closedAs = command.kind === "cancel" ? this.#invariants.statusOf(command.orderNumber) : undefined;
    const outcome = engine.apply(command);
    const expected = naive.apply(command);
    if (!isDeepStrictEqual(outcome, expected)) disagree("outcome", outcome, expected);
    this.#invariants.check(command, outcome);
    this.sometimes.after(before, engine, command, outcome, closedAs);
    const isPlaced = isPlacing(command) && outcome.reject === undefined;
    return { events: outcome.events, placing: isPlaced ? [command] : [] };
  }

  /** Applies a group. If it is rejected, the book must be exactly as before. */
  #group(steps: readonly SingleStep[]): { events: readonly Event[]; placing: readonly PlacingCommand[] } {
    const commands = steps.map((step) => this.#commandOf(step));
    this.commands.push(commands);
    const { engine, naive } = this;
    const before = stateHash(engine.book);
    const outcome = engine.applyGroup(commands);
    const expected = naive.applyGroup(commands);
    if (!isDeepStrictEqual(outcome, expected)) disagree("outcome of a group", outcome, expected);
    this.sometimes.group(outcome);
    if (outcome.refusal !== undefined) {
      const after = stateHash(engine.book);
      if (after !== before) throw new Error(`a group that was refused left ${after}, not ${before}`);
      return { events: [], placing: [] };
    }
    const last = commands.at(-1);
    if (last !== undefined) this.#invariants.follow(last, outcome.events);
    return { events: outcome.events, placing: commands.filter(isPlacing) };
  }

  /** The orders that the placing commands became: the accepted ones, in turn. */
  #placed(placing: readonly PlacingCommand[], events: readonly Event[]): Placed[] {
    const accepted = events.flatMap((event) =>
      event.kind === "accepted" ? [event.orderNumber as number] : [],
    );
    return placing.flatMap((placedBy) => {
      const numbers = accepted.splice(0, placedBy.kind === "place_oco" ? 2 : 1);
      this.#numbers.set(placedBy, numbers);
      return numbers.map((orderNumber, leg) => ({ target: { placedBy, leg }, orderNumber }));
    });
  }

  /** Compares levels and state hashes now. */
  checkStates(): void {
    for (const side of [BUY, SELL] as const) {
      const [levels, expected] = [this.engine.levels(side), this.naive.levels(side)];
      if (!isDeepStrictEqual(levels, expected)) disagree("levels", levels, expected);
    }
    this.#folds.check(this.engine);
    const tried = this.naive.indicativeUncross();
    for (const rangeCount of [undefined, 2, 3, 16]) {
      const auction = this.engine.indicativeUncross(rangeCount);
      if (!isDeepStrictEqual(auction, tried)) disagree("the indicative uncross", auction, tried);
    }
    const [hash, expected] = [stateHash(this.engine.book), stateHash(restoredBook(this.naive))];
    if (hash !== expected) disagree("open orders", this.engine.openOrders(), this.naive.openOrders());
    const due = this.naive.canGoOn
      ? this.naive.timeMs
      : Math.min(
          this.engine.counters.statusUntilMs ?? Number.POSITIVE_INFINITY,
          ...this.naive.openOrders().map(({ terms }) => terms?.expiresAtMs ?? Number.POSITIVE_INFINITY),
        );
    const { nextDueMs = Number.POSITIVE_INFINITY } = this.engine.book;
    if (nextDueMs !== due) disagree("what is due next", nextDueMs, due);
  }

  #commandOf(step: SingleStep): Command {
    if (!("target" in step)) return step;
    const { target, ...command } = step;
    const number = target && this.#numbers.get(target.placedBy)?.[target.leg];
    const orderNumber = number ?? (NEVER_GIVEN[this.commands.length % NEVER_GIVEN.length] as number);
    return { ...command, orderNumber: orderNumber as OrderNumber };
  }
}

function isPlacing(command: Command): command is PlacingCommand {
  return command.kind.startsWith("place");
}

function compareOrders(orders: readonly RestingOrder[], expected: readonly RestingOrder[]): void {
  let isSame = orders.length === expected.length;
  for (let at = 0; isSame && at < orders.length; at++) {
    const [a, b] = [orders[at] as RestingOrder, expected[at] as RestingOrder];
    isSame = a.orderNumber === b.orderNumber && a.remainingLots === b.remainingLots;
    isSame &&= a.client === b.client && a.side === b.side;
    isSame &&= a.priceTicks === b.priceTicks && a.quantityLots === b.quantityLots;
  }
  if (!isSame) disagree("resting orders", orders, expected);
}

function disagree(what: string, engine: unknown, naive: unknown): never {
  const text = (value: unknown) => JSON.stringify(value).slice(0, 2_000);
  throw new Error(`the books disagree on ${what}\n  engine: ${text(engine)}\n  naive:  ${text(naive)}`);
}

/** A failed run of random commands, with the command line that repeats it. */
export class FuzzFailure extends Error {
  readonly seed: number;
  readonly profile: FuzzProfile;
  readonly steps: readonly FuzzStep[];

  constructor(seed: number, profile: FuzzProfile, steps: readonly FuzzStep[], cause: unknown) {
    const again = `npm run fuzz -- --seed ${seed} --commands ${steps.length}`;
    const what = cause instanceof Error ? cause.message : String(cause);
    super(`seed ${seed} (${profile.name}), command ${steps.length}: ${what}\n  again: ${again}`, { cause });
    this.seed = seed;
    this.profile = profile;
    this.steps = steps;
  }
}

/** The market for which a seed generates commands. */
export function profileOf(seed: number): FuzzProfile {
  return FUZZ_PROFILES[seed % FUZZ_PROFILES.length] as FuzzProfile;
}

/** Applies random commands to two new books. @throws {FuzzFailure} */
export function runSeed(seed: number, commandCount: number, hashEvery: number): Sometimes {
  const profile = profileOf(seed);
  const generator = new CommandGenerator(profile, new Random(seed));
  const run = new Differential(profile.rules, hashEvery);
  const steps: FuzzStep[] = [];
  try {
    for (let count = 0; count < commandCount; count++) {
      const step = generator.next(run.naive);
      steps.push(step);
      for (const { target, orderNumber } of run.step(step)) generator.accepted(target, orderNumber);
    }
    run.checkStates();
  } catch (error) {
    throw new FuzzFailure(seed, profile, steps, error);
  }
  return run.sometimes;
}
