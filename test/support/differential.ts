import { isDeepStrictEqual } from "node:util";
import type { Command, PlaceCommand } from "../../engine/command.ts";
import type { RestingOrder } from "../../engine/order-book.ts";
import type { InstrumentRules } from "../../engine/rules.ts";
import { BUY, type OrderNumber, SELL } from "../../engine/units.ts";
import { CommandGenerator, type FuzzStep, NEVER_GIVEN } from "./command-generator.ts";
import { FoldChecker } from "./fold-checker.ts";
import { FUZZ_PROFILES, type FuzzProfile } from "./fuzz-profiles.ts";
import { InvariantChecker } from "./invariants.ts";
import { NaiveBook } from "./naive-book.ts";
import { Random } from "./random.ts";
import { Sometimes } from "./sometimes.ts";
import { EngineBook } from "./test-book.ts";

/**
 * The engine's book and the naive one, given the same commands. After each, both must have come to the
 * same, every invariant must hold, and now and then the state hashes of the folded and the restored book.
 */
export class Differential {
  readonly engine: EngineBook;
  readonly naive: NaiveBook;
  readonly sometimes = new Sometimes();
  /** The commands as applied, cancels with the numbers of their orders. */
  readonly commands: Command[] = [];
  readonly #invariants: InvariantChecker;
  readonly #folds: FoldChecker;
  readonly #hashEvery: number;
  readonly #numbers = new Map<PlaceCommand, number>();

  /** @param hashEvery compare state hashes after every so many commands; they cost a walk of the book. */
  constructor(rules: InstrumentRules, hashEvery: number) {
    this.engine = new EngineBook(rules);
    this.naive = new NaiveBook(rules);
    this.#invariants = new InvariantChecker(this.engine);
    this.#folds = new FoldChecker(rules);
    this.#hashEvery = hashEvery;
  }

  /** Applies a command to both books. @throws if anything is not as it must be. */
  step(step: FuzzStep): { acceptedAs: number | undefined } {
    const command = this.#commandOf(step);
    this.commands.push(command);
    const { engine, naive } = this;
    const before = this.sometimes.before(engine, command);
    const closedAs = command.kind === "cancel" ? this.#invariants.statusOf(command.orderNumber) : undefined;
    const orderNumber = engine.sequence + 1;
    const outcome = engine.apply(command);
    const expected = naive.apply(command);
    if (!isDeepStrictEqual(outcome, expected)) disagree("outcome", outcome, expected);
    for (const side of [BUY, SELL] as const)
      compareOrders(engine.restingOrders(side), naive.restingOrders(side));
    this.#invariants.check(command, outcome);
    const slots = engine.book.orders.count;
    if (slots !== engine.restingCount) throw new Error(`${slots} slots for ${engine.restingCount} orders`);
    this.#folds.follow(outcome.events);
    if (this.commands.length % this.#hashEvery === 0) this.checkStates();
    this.sometimes.after(before, engine, command, outcome, closedAs);
    const isPlaced = step.kind !== "cancel_step" && outcome.reject === undefined;
    if (isPlaced) this.#numbers.set(step, orderNumber);
    return { acceptedAs: isPlaced ? orderNumber : undefined };
  }

  /** Compares levels and state hashes now. */
  checkStates(): void {
    for (const side of [BUY, SELL] as const) {
      const [levels, expected] = [this.engine.levels(side), this.naive.levels(side)];
      if (!isDeepStrictEqual(levels, expected)) disagree("levels", levels, expected);
    }
    this.#folds.check(this.engine);
  }

  #commandOf(step: FuzzStep): Command {
    if (step.kind !== "cancel_step") return step;
    const number = step.placedBy === undefined ? undefined : this.#numbers.get(step.placedBy);
    const orderNumber = number ?? (NEVER_GIVEN[this.commands.length % NEVER_GIVEN.length] as number);
    return { kind: "cancel", timeMs: step.timeMs, orderNumber: orderNumber as OrderNumber };
  }
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

/** A failed run of random commands, told so that it can be repeated. */
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

/** The market that a seed draws its commands for. */
export function profileOf(seed: number): FuzzProfile {
  return FUZZ_PROFILES[seed % FUZZ_PROFILES.length] as FuzzProfile;
}

/** Applies so many random commands to two new books. @throws {FuzzFailure} */
export function runSeed(seed: number, commandCount: number, hashEvery: number): Sometimes {
  const profile = profileOf(seed);
  const generator = new CommandGenerator(profile, new Random(seed));
  const run = new Differential(profile.rules, hashEvery);
  const steps: FuzzStep[] = [];
  try {
    for (let count = 0; count < commandCount; count++) {
      const step = generator.next(run.naive);
      steps.push(step);
      const { acceptedAs } = run.step(step);
      if (acceptedAs !== undefined && step.kind !== "cancel_step") generator.accepted(step, acceptedAs);
    }
    run.checkStates();
  } catch (error) {
    throw new FuzzFailure(seed, profile, steps, error);
  }
  return run.sometimes;
}
