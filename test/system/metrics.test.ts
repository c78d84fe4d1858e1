import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { startVenue, type VenueProcess } from "../../host/venue.ts";
import { documentedMetrics, metricFamilies, namingProblems } from "../support/metric-names.ts";
import { place, post } from "./support/calls.ts";
import { temporaryFolder } from "./support/venue-runner.ts";

/** Prometheus's own tool, if it is installed. */
const hasPromtool = spawnSync("promtool", ["--version"]).status === 0;
const dataFolder = temporaryFolder();
/** An address at which no database answers. */
const DATABASE_URL = "postgres://edgebook:edgebook@127.0.0.1:1/none";
let venue: VenueProcess;

const start = async (vars: Record<string, string> = {}) => {
  venue = await startVenue({ dataFolder, vars, onLog: () => {} });
};
const textNow = async () => (await fetch(`${venue.url}/metrics`)).text();
const sampleOf = (text: string, sample: string) =>
  Number(
    text
      .split("\n")
      .find((line) => line.startsWith(`${sample} `))
      ?.slice(sample.length + 1),
  );

beforeAll(() => start());
afterAll(() => venue.stop("SIGKILL"));

describe("the metrics of a venue", () => {
  test("count everything acknowledged, whenever the venue is killed", async () => {
    let before = "";
    for (let round = 1; round <= 3; round++) {
      await Promise.all(Array.from({ length: 40 }, () => place(venue.url, { price: 1, quantity: 0.5 })));
      await place(venue.url, { side: "sell", price: 1, quantity: 0.5 });
      const offTick = {
        client_id: "a",
        instrument: "BTC-USD",
        side: "buy",
        type: "limit",
        price: "0.001",
        quantity: 1,
      };
      expect((await post(`${venue.url}/orders`, offTick)).status).toBe(422);
      if (round === 2) before = await textNow();
      await venue.stop("SIGKILL");
      await start();
      const text = await textNow();
      expect(sampleOf(text, 'edgebook_orders_total{instrument="BTC-USD",status="open"}')).toBe(40 * round);
      expect(sampleOf(text, 'edgebook_orders_total{instrument="BTC-USD",status="filled"}')).toBe(round);
      expect(sampleOf(text, 'edgebook_trades_total{instrument="BTC-USD"}')).toBe(round);
      expect(sampleOf(text, 'edgebook_flush_commands_sum{instrument="BTC-USD"}')).toBeGreaterThanOrEqual(
        41 * round,
      );
    }
    // Reported values are not taken back.
    const after = await textNow();
    const counted = before.split("\n").filter((line) => /_(?:total|bucket|sum|count)\{/.test(line));
    expect(counted.length).toBeGreaterThan(20);
    for (const line of counted) {
      const [sample = "", value] = line.split(" ");
      expect(sampleOf(after, sample), sample).toBeGreaterThanOrEqual(Number(value));
    }
  });

  test("count failures of a sink, through a kill too", async () => {
    const failures = 'edgebook_outbox_failures_total{instrument="BTC-USD",sink="postgres"}';
    await venue.stop("SIGKILL");
    await start({ DATABASE_URL });
    let told = 0;
    await vi.waitFor(
      async () => {
        told = sampleOf(await textNow(), failures);
        expect(told).toBeGreaterThan(1);
      },
      { timeout: 60_000, interval: 100 },
    );
    await venue.stop("SIGKILL");
    await start({ DATABASE_URL });
    expect(sampleOf(await textNow(), failures)).toBeGreaterThanOrEqual(told);
  });

  test("are named by the conventions", async () => {
    const families = metricFamilies(await textNow());
    expect(families.length).toBeGreaterThan(20);
    expect(namingProblems(families)).toEqual([]);
  });

  test.runIf(hasPromtool)("pass Prometheus's own check", async () => {
    const { stdout, stderr, status } = spawnSync("promtool", ["check", "metrics"], {
      input: await textNow(),
      encoding: "utf8",
    });
    expect([stdout, stderr, status]).toEqual(["", "", 0]);
  });

  test("equal those in docs/OPERATIONS.md, with their types and labels", async () => {
    const listed = documentedMetrics().filter(({ name }) => !/^edgebook_(?:edge|link)_/.test(name));
    const told = metricFamilies(await textNow()).map(({ name, type, labels }) => ({
      name,
      type,
      labels: labels.filter((label) => label !== "instrument"),
    }));
    expect(listed).toEqual(told);
  });
});

test("a wrong name is noticed", () => {
  const wrong: readonly [string, string][] = [
    ["counter", "a_failures"],
    ["gauge", "a_total"],
    ["gauge", "a_lag_ms"],
    ["gauge", "a_lag_minutes"],
    ["gauge", "a_order_count"],
    ["gauge", "a_gauge_of_it"],
    ["gauge", "aName"],
    ["gauge", 'a{fooBar="x"}'],
    ["gauge", 'a{le="1"}'],
  ];
  for (const [type, sample] of wrong) {
    const name = sample.replace(/\{.*/, "");
    const text = `# HELP ${name} Words.\n# TYPE ${name} ${type}\n${sample} 1\n`;
    expect(namingProblems(metricFamilies(text)), sample).toHaveLength(1);
  }
  const good = "# HELP a_total Words.\n# TYPE a_total counter\na_total 1\n";
  expect(namingProblems(metricFamilies(good))).toEqual([]);
  expect(namingProblems(metricFamilies(good.replace("HELP", "EUNKNOWN")))).toHaveLength(1);
  expect(namingProblems(metricFamilies(good + good))).toHaveLength(1);
});
