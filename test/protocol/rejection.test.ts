import { expect, test } from "vitest";
import { readInstrumentSpecs } from "../../protocol/instrument-spec.ts";
import { rejection } from "../../protocol/rejection.ts";

const [SPEC] = readInstrumentSpecs([
  {
    instrument: "RULES-USD",
    number: 1,
    base_asset: "RULES",
    quote_asset: "USD",
    tick_size: "0.01",
    lot_size: "0.1",
    minimum_price: "1",
    maximum_price: "1000",
    minimum_quantity: "0.2",
    maximum_quantity: "500",
    maximum_open_orders_per_client: 40,
    minimum_notional: "95",
    maximum_notional: "2800.5",
    collar_basis_points: 900,
  },
]);
if (SPEC === undefined) throw new Error("no instrument");
const spec = SPEC;

test.each([
  ["price_below_minimum", "price must be at least 1.00"],
  ["quantity_above_maximum", "quantity must be at most 500.0"],
  ["notional_below_minimum", "price times quantity, or quote_quantity, must be at least 95.000"],
  ["notional_above_maximum", "price times quantity, or quote_quantity, must be at most 2800.500"],
  [
    "price_outside_collar",
    "a limit price must be within 900 basis points of the last trade, or of the reference price before the first; for a stop order, within 900 basis points of its stop price",
  ],
  ["too_many_open_orders", "a client may have at most 40 open orders"],
  ["too_many_waiting_stops", "a client may have at most 200 waiting stops"],
  ["too_many_slices", "quantity must be at most 100 times the display_quantity"],
] as const)("%s names the bound", (code, detail) => {
  expect(rejection(spec, code).detail).toBe(detail);
});
