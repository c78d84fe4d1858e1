import { availableParallelism } from "node:os";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { CODE_FOLDER } from "./host/tools/code-folder.ts";
import { LongestFirst } from "./test/support/longest-first.ts";
import { forgetVenueSettings, workerUnderTest } from "./test/support/own-settings.ts";

forgetVenueSettings();
const { main, vars, miniflare } = workerUnderTest();
const [first, ...others] = vars.INSTRUMENTS;
/** One client of a test may have more orders on the first instrument than a venue would let it. */
const WITHOUT_LIMITS = {
  ...(first as object),
  maximum_open_orders_per_client: 1_000_000,
  maximum_waiting_stops_per_client: 1_000_000,
  maximum_waiting_stops: 1_000_000,
};
/** An instrument with every rule on, in whole numbers. */
const WITH_RULES = {
  instrument: "RULES-USD",
  number: 99,
  base_asset: "RULES",
  quote_asset: "USD",
  tick_size: "1",
  lot_size: "1",
  minimum_price: "1",
  maximum_price: "1000",
  minimum_quantity: "1",
  maximum_quantity: "1000",
  maximum_open_orders_per_client: 40,
  maximum_waiting_stops_per_client: 14,
  maximum_waiting_stops: 60,
  maximum_trailing_stops: 12,
  minimum_notional: "95",
  maximum_notional: "2800",
  reference_price: "100",
  collar_basis_points: 900,
  protection_basis_points: 700,
  volatility: { move_basis_points: 600, window_seconds: 2, halt_seconds: 1, auction_seconds: 1.5 },
};

/**
 * Four files at a time also where there are only two cores: more than half of the time, a file of the system
 * waits for its servers. All projects share these places, so that others compute meanwhile.
 */
const maxWorkers = Math.max(4, availableParallelism());
// Each file is a process, and many of them start programs: what one of them compiled the others load.
process.env.NODE_COMPILE_CACHE ??= CODE_FOLDER;

/** The tests of the API that need an instrument the most. */
const THROUGH_GATEWAYS = [
  "test/worker/orders/*.test.ts",
  "test/worker/{admin,api,client-limits,expiry-bounds,health,idempotency,inputs,trading-status}.test.ts",
];

/** A project whose tests run in workerd, beside the worker and its objects. */
function inWorkerd(name: string, include: string[], more: Readonly<Record<string, string>> = {}) {
  const bindings = {
    ...vars,
    ADMIN_TOKEN: "test-token",
    INSTRUMENTS: [WITHOUT_LIMITS, ...others, WITH_RULES],
    // Two levels, so that a relay follows a relay.
    STREAM_RELAYS: "2,3",
    STREAM_DIRECT_MAX: "20",
    ...more,
  };
  return {
    plugins: [cloudflareTest({ main, miniflare: { ...miniflare, bindings } })],
    test: {
      name,
      include,
      // See there.
      isolate: false,
      setupFiles: "test/worker/new-venue.ts",
      testTimeout: 60_000,
      hookTimeout: 60_000,
      maxWorkers,
    },
  };
}

/** One project for each place where tests run; `vitest run --project NAME` runs one of them. */
export default defineConfig({
  test: {
    // A file that passes is one line: what its tests print is shown where they fail.
    silent: "passed-only",
    slowTestThreshold: 600_000,
    // `--sequence.shuffle.files` chooses another order.
    sequence: process.argv.some((arg) => arg.startsWith("--sequence.shuffle"))
      ? {}
      : { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/{engine,protocol,load}/**/*.test.ts", "test/*.test.ts"],
          // These tests compute, and share nothing that one of them changes.
          isolate: false,
          testTimeout: 60_000,
          maxWorkers,
        },
      },
      { test: { name: "fuzz", include: ["test/fuzz/**/*.test.ts"], maxWorkers } },
      inWorkerd("workers", ["test/{durable-objects,worker}/**/*.test.ts"]),
      // The same tests of the API again, with gateways between the worker and the instruments.
      inWorkerd("workers-through-gateways", THROUGH_GATEWAYS, { ORDER_GATEWAYS: "2" }),
      {
        test: {
          name: "gateway",
          include: ["test/gateway/**/*.test.ts"],
          globalSetup: "test/gateway/image-once.ts",
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers,
        },
      },
      {
        test: {
          name: "system",
          include: ["test/{system,mirror,faults,soak,limits}/**/*.test.ts"],
          globalSetup: "test/system/build-once.ts",
          maxWorkers,
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
