import { formatSteps } from "../../protocol/decimal.ts";
import { type InstrumentSpec, readInstrumentSpecs } from "../../protocol/instrument-spec.ts";
import type { Random } from "../support/random.ts";
import { ClientLedger } from "../system/support/client-ledger.ts";
import type { FlowMarket } from "../system/support/order-terms.ts";

/** A client of a soak may place any number of orders over hours. */
const LIMITS = {
  maximum_open_orders_per_client: 1_000_000,
  maximum_waiting_stops_per_client: 1_000_000,
} as const;

/**
 * The instruments of a soak, with ticks and lots of different sizes, so that amounts have different numbers
 * of digits.
 */
export const SOAK_INSTRUMENTS = [
  {
    ...LIMITS,
    instrument: "BTC-USD",
    number: 1,
    base_asset: "BTC",
    quote_asset: "USD",
    tick_size: "0.01",
    minimum_price: "0.01",
    maximum_price: "10000000.00",
    lot_size: "0.00000001",
    minimum_quantity: "0.00000001",
    maximum_quantity: "10000",
  },
  {
    ...LIMITS,
    instrument: "ETH-BTC",
    number: 2,
    base_asset: "ETH",
    quote_asset: "BTC",
    tick_size: "0.00005",
    minimum_price: "0.00005",
    maximum_price: "1000",
    lot_size: "0.001",
    minimum_quantity: "0.01",
    maximum_quantity: "100000",
  },
  {
    ...LIMITS,
    instrument: "XAU-JPY",
    number: 3,
    base_asset: "XAU",
    quote_asset: "JPY",
    tick_size: "25",
    minimum_price: "25",
    maximum_price: "100000000",
    lot_size: "1",
    minimum_quantity: "1",
    maximum_quantity: "1000000000",
  },
] as const;

/** The middle of each book in ticks, the ticks per step, and the largest order in lots. */
const SHAPES: Readonly<Record<string, readonly [midTicks: number, stepTicks: number, lotsMax: number]>> = {
  "BTC-USD": [5_000_000, 100, 500_000_000],
  "ETH-BTC": [1_000, 1, 20_000],
  "XAU-JPY": [16_000, 3, 40],
};

/** One instrument of a soak, and its clients' answers. */
export class SoakMarket implements FlowMarket {
  readonly spec: InstrumentSpec;
  readonly ledger = new ClientLedger();
  readonly #midTicks: number;
  readonly #stepTicks: number;
  readonly #lotsMax: number;

  constructor(spec: InstrumentSpec) {
    this.spec = spec;
    const shape = SHAPES[spec.instrument];
    if (shape === undefined) throw new Error(`${spec.instrument} has no shape`);
    [this.#midTicks, this.#stepTicks, this.#lotsMax] = shape;
  }

  static all(): SoakMarket[] {
    return readInstrumentSpecs(SOAK_INSTRUMENTS).map((spec) => new SoakMarket(spec));
  }

  get instrument(): string {
    return this.spec.instrument;
  }

  price(steps: number): string {
    return formatSteps(this.#midTicks + steps * this.#stepTicks, this.spec.tick);
  }

  quantity(random: Random): string {
    return formatSteps(
      this.spec.rules.minimumQuantityLots - 1 + random.between(1, this.#lotsMax),
      this.spec.lot,
    );
  }

  /** Terms of an order that the instrument rejects. The rejection is stored under the order's key. */
  refusedTerms(random: Random): object {
    const { tick, lot, rules } = this.spec;
    const good = {
      side: random.pick(["buy", "sell"]),
      type: "limit",
      price: this.price(1),
      quantity: this.quantity(random),
    };
    return random.pick([
      { ...good, price: `${this.price(1)}${tick.scale === 0 ? ".5" : "5"}` },
      { ...good, quantity: `${formatSteps(1, lot)}${lot.scale === 0 ? ".5" : "5"}` },
      { ...good, price: formatSteps(rules.maximumPriceTicks + 1, tick) },
      { ...good, quantity: formatSteps(rules.maximumQuantityLots + 1, lot) },
      { ...good, price: "0" },
      { ...good, quantity: "0" },
    ]);
  }
}
