import type {
  AmendCommand,
  CancelCommand,
  Command,
  PlaceCommand,
  PlaceOcoCommand,
} from "../../engine/vocabulary/command.ts";
import {
  BUY,
  type ClientNumber,
  type PriceTicks,
  type QuantityLots,
  SELL,
  type TimeMs,
  UNIT_MAX,
} from "../../engine/vocabulary/units.ts";
import { drawOco, drawTermsOrder, type PlainLimit } from "./draw-terms.ts";
import type { FuzzProfile } from "./fuzz-profiles.ts";
import type { Random } from "./random.ts";
import type { TestBook } from "./test-book.ts";

/** A command that places one order or two. */
export type PlacingCommand = PlaceCommand | PlaceOcoCommand;

/**
 * An order, by the command that placed it and its index among that command's orders; absent for an order that
 * never existed.
 */
export type Target = { readonly placedBy: PlacingCommand; readonly leg: number } | undefined;

/**
 * A random command. It identifies an order by the command that placed it and not by its number, so that a
 * list of steps keeps its meaning when others are removed from it.
 */
export type SingleStep =
  | Exclude<Command, CancelCommand | AmendCommand>
  | (Omit<CancelCommand, "orderNumber"> & { readonly target: Target })
  | (Omit<AmendCommand, "orderNumber"> & { readonly target: Target });
export type FuzzStep = SingleStep | { readonly kind: "group"; readonly steps: readonly SingleStep[] };

/** Order numbers that no book assigns, for cancels of orders that never existed. */
export const NEVER_GIVEN = [0, UNIT_MAX] as const;

/** Generates commands that suit a profile and the state of a book. */
export class CommandGenerator {
  readonly #profile: FuzzProfile;
  readonly #random: Random;
  readonly #placed = new Map<number, NonNullable<Target>>();
  #recent: NonNullable<Target>[] = [];
  #time = 1;

  constructor(profile: FuzzProfile, random: Random) {
    this.#profile = profile;
    this.#random = random;
  }

  /** Records which order an accepted command became. */
  accepted(target: NonNullable<Target>, orderNumber: number): void {
    this.#placed.set(orderNumber, target);
    this.#recent.push(target);
    if (this.#recent.length > 200) this.#recent = this.#recent.slice(100);
  }

  /** The next command, for the book that it will be applied to. */
  next(book: TestBook): FuzzStep {
    // Nothing else may come before an uncross is done.
    if (book.counters.unfinished?.uncross !== undefined) return this.#advance();
    if (!this.#profile.hasTerms || !this.#random.chance(0.03)) return this.#single(book);
    this.#pass();
    // All commands of a group have the same time.
    const time = this.#time;
    const drawn = Array.from({ length: this.#random.between(1, 6) }, () => this.#draw(book));
    const steps = drawn.map((step) => ({ ...step, timeMs: time as TimeMs }));
    return { kind: "group", steps };
  }

  #single(book: TestBook): SingleStep {
    this.#pass();
    return this.#draw(book);
  }

  #pass(): void {
    this.#time += this.#random.pick([0, 0, 1, 7]);
  }

  #draw(book: TestBook): SingleStep {
    const random = this.#random;
    const { weights, targetResting, hasTerms } = this.#profile;
    const cancel = book.restingCount > targetResting ? weights.limit * 2 : weights.cancel;
    const isTrading = !hasTerms || book.counters.status === "trading";
    const special = { terms: 50, oco: 6, amend: 25, cancelAll: 0.7, advance: 6, status: isTrading ? 1 : 8 };
    const plain = { ...weights, cancel, cancelAny: 3, invalid: 2 };
    switch (random.weighted(hasTerms ? { ...plain, ...special } : { ...plain, ...NO_SPECIAL })) {
      case "limit":
        return this.#limit();
      case "invalid":
        return this.#invalid(this.#limit());
      case "market": {
        const { priceTicks, ...order } = this.#limit();
        return { ...order, kind: "place_market" };
      }
      case "cancel":
        return this.#cancel(this.#openTarget(book));
      case "cancelAny":
        return this.#cancel(this.#anyTarget());
      case "terms": {
        const order = random.chance(0.03) ? this.#invalid(this.#limit()) : this.#limit();
        return drawTermsOrder(random, this.#profile, book, order);
      }
      case "oco":
        return drawOco(random, this.#profile, book, this.#limit());
      case "amend":
        return this.#amend(book);
      case "cancelAll": {
        const { timeMs, client, side } = this.#limit();
        return { kind: "cancel_all", timeMs, client, ...(random.chance(0.5) ? { side } : {}) };
      }
      case "advance":
        return this.#advance();
      case "status":
        return this.#status();
    }
  }

  #cancel(target: Target): SingleStep {
    return { kind: "cancel", timeMs: this.#time as TimeMs, target };
  }

  #advance(): SingleStep {
    this.#time += this.#random.pick([0, 5, 40]);
    const cutoff = this.#random.chance(0.2) ? Math.max(1, this.#time - 10) : this.#time;
    return { kind: "advance", timeMs: this.#time as TimeMs, cutoffMs: cutoff as TimeMs };
  }

  #status(): SingleStep {
    const status = this.#random.pick([
      "trading",
      "trading",
      "auction",
      "auction",
      "post_only",
      "cancel_only",
      "halted",
    ]);
    const untilMs = (this.#time + this.#random.between(0, 60)) as TimeMs;
    const until = this.#random.chance(0.6) ? { untilMs } : {};
    return { kind: "set_status", timeMs: this.#time as TimeMs, status, ...until } as SingleStep;
  }

  #amend(book: TestBook): SingleStep {
    const random = this.#random;
    const { priceTicks, quantityLots, timeMs } = random.chance(0.05)
      ? this.#invalid(this.#limit())
      : this.#limit();
    const target = this.#amendTarget(book);
    const placed = target?.placedBy;
    const lots =
      random.chance(0.5) && placed ? Math.max(1, placed.quantityLots - random.between(-2, 6)) : quantityLots;
    const stop = this.#limit().priceTicks;
    const hasStop = placed?.kind === "place_oco" || (placed?.kind === "place" && placed.type !== "limit");
    return {
      kind: "amend",
      timeMs,
      target,
      ...(random.chance(0.5) ? { priceTicks } : {}),
      ...(random.chance(0.6) ? { quantityLots: lots as QuantityLots } : {}),
      ...(random.chance(hasStop ? 0.5 : 0.02) ? { stopPriceTicks: stop } : {}),
    };
  }

  #anyTarget(): Target {
    return this.#random.chance(0.1) || this.#recent.length === 0
      ? undefined
      : this.#random.pick(this.#recent);
  }

  #openTarget(book: TestBook): Target {
    const side = this.#random.pick([BUY, SELL]);
    return this.#oneOf(this.#profile.hasTerms ? book.openOrders() : book.restingOrders(side));
  }

  /** The order to amend. Stops that are still to be triggered are rare and short-lived. */
  #amendTarget(book: TestBook): Target {
    if (this.#random.chance(0.05)) return this.#anyTarget();
    const reached = book.openOrders().filter(({ isReached }) => isReached);
    return reached.length > 0 && this.#random.chance(0.7) ? this.#oneOf(reached) : this.#openTarget(book);
  }

  #oneOf(orders: readonly { readonly orderNumber: number }[]): Target {
    return orders.length === 0 ? undefined : this.#placed.get(this.#random.pick(orders).orderNumber);
  }

  #limit(): PlainLimit {
    const random = this.#random;
    const { rules, priceTicks, quantityLots } = this.#profile;
    const side = random.pick([BUY, SELL]);
    const edge = random.pick([rules.minimumPriceTicks, rules.maximumPriceTicks]);
    const price = random.chance(0.01) ? edge : priceTicks(random, side);
    const lots = random.chance(0.01) ? rules.maximumQuantityLots : quantityLots(random);
    return {
      kind: "place_limit",
      timeMs: this.#time as TimeMs,
      client: random.between(1, 5) as ClientNumber,
      side,
      priceTicks: price as PriceTicks,
      quantityLots: lots as QuantityLots,
    };
  }

  /** The command with one or both of its amounts out of bounds. */
  #invalid(command: PlainLimit): PlainLimit {
    const random = this.#random;
    const { rules } = this.#profile;
    const outside = (minimum: number, maximum: number) =>
      maximum < UNIT_MAX && random.chance(0.5) ? maximum + random.between(1, 3) : random.below(minimum);
    const price = outside(rules.minimumPriceTicks, rules.maximumPriceTicks) as PriceTicks;
    const lots = outside(rules.minimumQuantityLots, rules.maximumQuantityLots) as QuantityLots;
    switch (random.pick(["price", "quantity", "both"] as const)) {
      case "price":
        return { ...command, priceTicks: price };
      case "quantity":
        return { ...command, quantityLots: lots };
      case "both":
        return { ...command, priceTicks: price, quantityLots: lots };
    }
  }
}

const NO_SPECIAL = { terms: 0, oco: 0, amend: 0, cancelAll: 0, advance: 0, status: 0 };
