import {
  canonicalFromString,
  countSteps,
  formatScaled,
  formatSteps,
  parseStep,
  type Step,
} from "../../protocol/decimal.ts";
import type { ListedInstrument } from "../api-client.ts";
import { PRICE_SCALE } from "./lobster-file.ts";

const FILE_PRICE: Step = { scale: PRICE_SCALE, units: 1 };
const FILE_LOT: Step = { scale: 0, units: 1 };

/** Converts the file's integers to an instrument's decimals and back, exactly or with an error. */
export class Units {
  readonly #instrument: string;
  readonly #tick: Step;
  readonly #lot: Step;

  constructor({ instrument, tick_size, lot_size }: ListedInstrument) {
    this.#instrument = instrument;
    this.#tick = parseStep(tick_size);
    this.#lot = parseStep(lot_size);
  }

  /** @throws if the price is not a multiple of the instrument's tick. */
  priceText(price: number): string {
    return this.#write(formatScaled(BigInt(price), PRICE_SCALE), this.#tick, "price", "tick");
  }

  /** @throws if the quantity is not a multiple of the instrument's lot. */
  quantityText(lots: number): string {
    return this.#write(String(lots), this.#lot, "quantity", "lot");
  }

  price(text: string): number {
    return read(text, FILE_PRICE);
  }

  lots(text: string): number {
    return read(text, FILE_LOT);
  }

  #write(text: string, step: Step, what: string, stepName: string): string {
    const steps = countSteps(canonicalFromString(text) ?? "", step);
    if (typeof steps === "number") return formatSteps(steps, step);
    const size = formatSteps(1, step);
    throw new Error(
      `${this.#instrument} cannot represent the ${what} ${text}: its ${stepName} size is ${size}`,
    );
  }
}

function read(text: string, step: Step): number {
  const canonical = canonicalFromString(text) ?? "";
  const steps = canonical === "0" ? 0 : countSteps(canonical, step);
  if (typeof steps === "number") return steps;
  throw new Error(`the venue answered ${text}, which no order of the file can make`);
}
