import type { PlaceCommand, PlaceLimitCommand } from "../../engine/command.ts";
import {
  BUY,
  type ClientNumber,
  type PriceTicks,
  type QuantityLots,
  SELL,
  type TimeMs,
  UNIT_MAX,
} from "../../engine/units.ts";
import type { FuzzProfile } from "./fuzz-profiles.ts";
import type { Random } from "./random.ts";
import type { TestBook } from "./test-book.ts";

/**
 * A random command. A cancel names the command that placed its order and not the order's number, so
 * that a list of steps still means the same when others are taken out of it.
 */
export type FuzzStep = PlaceCommand | CancelStep;

export interface CancelStep {
  readonly kind: "cancel_step";
  readonly timeMs: TimeMs;
  /** The command whose order is cancelled; absent for an order that never was. */
  readonly placedBy: PlaceCommand | undefined;
}

/** Order numbers no book ever gives: what a cancel asks for when its order never was. */
export const NEVER_GIVEN = [0, UNIT_MAX] as const;

/** Draws commands that suit a profile and the state of a book. */
export class CommandGenerator {
  readonly #profile: FuzzProfile;
  readonly #random: Random;
  readonly #placed = new Map<number, PlaceCommand>();
  #recent: PlaceCommand[] = [];
  #time = 1;

  constructor(profile: FuzzProfile, random: Random) {
    this.#profile = profile;
    this.#random = random;
  }

  /** Tells which order an accepted command became. */
  accepted(command: PlaceCommand, orderNumber: number): void {
    this.#placed.set(orderNumber, command);
    this.#recent.push(command);
    if (this.#recent.length > 200) this.#recent = this.#recent.slice(100);
  }

  /** The next command, given the book it will meet. */
  next(book: TestBook): FuzzStep {
    const random = this.#random;
    this.#time += random.pick([0, 0, 1, 7]);
    const { weights, targetResting } = this.#profile;
    const cancel = book.restingCount > targetResting ? weights.limit * 2 : weights.cancel;
    switch (random.weighted({ ...weights, cancel, cancelAny: 3, invalid: 2 })) {
      case "limit":
        return this.#limit();
      case "invalid":
        return this.#invalid(this.#limit());
      case "market": {
        const { priceTicks, ...order } = this.#limit();
        return { ...order, kind: "place_market" };
      }
      case "cancel":
        return this.#cancel(this.#restingCommand(book));
      case "cancelAny":
        return this.#cancel(
          random.chance(0.1) || this.#recent.length === 0 ? undefined : random.pick(this.#recent),
        );
    }
  }

  #cancel(placedBy: PlaceCommand | undefined): CancelStep {
    return { kind: "cancel_step", timeMs: this.#time as TimeMs, placedBy };
  }

  #restingCommand(book: TestBook): PlaceCommand | undefined {
    const orders = book.restingOrders(this.#random.pick([BUY, SELL]));
    return orders.length === 0 ? undefined : this.#placed.get(this.#random.pick(orders).orderNumber);
  }

  #limit(): PlaceLimitCommand {
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
  #invalid(command: PlaceLimitCommand): PlaceCommand {
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
