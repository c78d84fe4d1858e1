import { readFileSync } from "node:fs";
import { parse } from "smol-toml";
import { expect, test } from "vitest";
import { instrumentView, notionalScale, readInstrumentSpecs } from "../../protocol/instrument-spec.ts";
import { instrumentList } from "../../protocol/market-data.ts";

const VALID = {
  instrument: "BTC-USD",
  number: 1,
  base_asset: "BTC",
  quote_asset: "USD",
  tick_size: "0.05",
  lot_size: "0.001",
  minimum_price: "0.05",
  maximum_price: "1000",
  minimum_quantity: "0.001",
  maximum_quantity: "10",
};

test("limits are read in ticks and lots and shown as they were stated", () => {
  const [spec] = readInstrumentSpecs([VALID]);
  expect(spec?.rules).toEqual({
    minimumPriceTicks: 1,
    maximumPriceTicks: 20_000,
    minimumQuantityLots: 1,
    maximumQuantityLots: 10_000,
    maximumRestingOrders: 500_000,
    maximumOpenOrdersPerClient: 1_000,
    maximumWaitingStopsPerClient: 200,
    maximumWaitingStops: 50_000,
    maximumTrailingStops: 1_000,
    maximumIcebergSlices: 100,
  });
  expect(spec && notionalScale(spec)).toBe(5);
  const { number: _, ...stated } = VALID;
  expect(spec && instrumentView(spec)).toEqual({
    ...stated,
    maximum_price: "1000.00",
    maximum_quantity: "10.000",
    session_end: "00:00",
    maximum_open_orders_per_client: 1_000,
    maximum_waiting_stops_per_client: 200,
    maximum_waiting_stops: 50_000,
    maximum_trailing_stops: 1_000,
    maximum_iceberg_slices: 100,
    maximum_keys_per_client: 1_000_000,
  });
});

test("optional rules are read in units of the engine and shown as they were stated", () => {
  const rules = {
    maximum_open_orders_per_client: 10,
    maximum_waiting_stops_per_client: 15,
    maximum_waiting_stops: 20,
    maximum_trailing_stops: 5,
    maximum_iceberg_slices: 30,
    maximum_keys_per_client: 7,
    minimum_notional: "0.50000",
    maximum_notional: "5000.00000",
    reference_price: "100.00",
    collar_basis_points: 1000,
    protection_basis_points: 500,
    volatility: { move_basis_points: 300, window_seconds: 1.5, halt_seconds: 60, auction_seconds: 30 },
    session_end: "21:30",
  };
  const [spec] = readInstrumentSpecs([{ ...VALID, ...rules }]);
  expect(spec?.rules).toMatchObject({
    maximumOpenOrdersPerClient: 10,
    maximumWaitingStopsPerClient: 15,
    maximumWaitingStops: 20,
    maximumTrailingStops: 5,
    maximumIcebergSlices: 30,
    collarBasisPoints: 1000,
    protectionBasisPoints: 500,
    volatility: { moveBasisPoints: 300, windowMs: 1500, haltMs: 60_000, auctionMs: 30_000 },
  });
  const notional = 5000 / 0.5;
  expect((spec?.rules.maximumNotional ?? 0) / (spec?.rules.minimumNotional ?? 1)).toBe(notional);
  expect(spec?.sessionEndMinutes).toBe(21 * 60 + 30);
  expect(spec && instrumentView(spec)).toMatchObject(rules);
});

test.each([
  [{ session_end: "24:00" }, "session_end"],
  [{ session_end: "9:00" }, "session_end"],
  [{ minimum_notional: "0.000001" }, "minimum_notional is off_step"],
  [{ reference_price: "0" }, "reference_price is not_positive"],
  [{ collar_basis_points: 10_001 }, "collar_basis_points"],
  [{ volatility: { move_basis_points: 1 } }, "window_seconds"],
])("an impossible rule is refused: %o", (change, rule) => {
  expect(() => readInstrumentSpecs([{ ...VALID, ...change }])).toThrow(rule);
});

test("the configured instruments are valid and begin with BTC-USD and ETH-USD", () => {
  const toml = parse(readFileSync(new URL("../../wrangler.toml", import.meta.url), "utf8"));
  const specs = readInstrumentSpecs((toml.vars as Record<string, unknown>).INSTRUMENTS);
  expect(specs.slice(0, 2).map(({ instrument }) => instrument)).toEqual(["BTC-USD", "ETH-USD"]);
  expect(instrumentList.safeParse({ instruments: specs.map(instrumentView) }).success).toBe(true);
});

test.each([
  [{ instrument: "btc usd" }, "instrument"],
  [{ instrument: "" }, "instrument"],
  [{ instrument: "A".repeat(33) }, "instrument"],
  [{ number: 0 }, "number"],
  [{ number: 4096 }, "number"],
  [{ number: 1.5 }, "number"],
  [{ tick_size: 0.01 }, "tick_size"],
  [{ tick_size: "1e-2" }, "tick_size"],
  [{ tick_size: "0" }, "is not a step size"],
  [{ lot_size: "-0.001" }, "is not a step size"],
  [{ lot_size: "0.0000000000000001" }, "is not a step size"],
  [{ minimum_price: "0" }, "BTC-USD: minimum_price is not_positive"],
  [{ minimum_price: "0.07" }, "BTC-USD: minimum_price is off_step"],
  [{ maximum_price: "9".repeat(20) }, "BTC-USD: maximum_price is too_large"],
  [{ minimum_price: "2000" }, "BTC-USD: a minimum is above the maximum"],
  [{ minimum_quantity: "11" }, "BTC-USD: a minimum is above the maximum"],
  [{ maximum_quantity: "0.0001" }, "BTC-USD: maximum_quantity is off_step"],
  [{ maximum_resting_orders: 0 }, "maximum_resting_orders"],
  [{ location_hint: "europe" }, "location_hint"],
  [{ location_hint: "" }, "location_hint"],
  [{ colour: "red" }, "colour"],
  [{ base_asset: undefined }, "base_asset"],
])("an instrument with %o is refused with the reason", (change, message) => {
  expect(() => readInstrumentSpecs([{ ...VALID, ...change }])).toThrow(message);
});

test("a region is optional, kept, and not shown; an unknown one is refused with the known ones", () => {
  expect(readInstrumentSpecs([VALID])[0]?.locationHint).toBeUndefined();
  const [spec] = readInstrumentSpecs([{ ...VALID, location_hint: "weur" }]);
  expect(spec?.locationHint).toBe("weur");
  expect(JSON.stringify(spec && instrumentView(spec))).not.toContain("weur");
  const refused = () => readInstrumentSpecs([VALID, { ...VALID, location_hint: "mars" }]);
  expect(refused).toThrow(/^INSTRUMENTS: .*"wnam".*\n.*\[1\]\.location_hint/);
});

test("two instruments with one name or one number are refused", () => {
  expect(() => readInstrumentSpecs([VALID, { ...VALID, number: 2 }])).toThrow("the same instrument");
  expect(() => readInstrumentSpecs([VALID, { ...VALID, instrument: "ETH-USD" }])).toThrow("the same number");
});

test.each([[undefined], [null], [[]], [{}], ["BTC-USD"]])("%o is not a list of instruments", (config) => {
  expect(() => readInstrumentSpecs(config)).toThrow();
});
