import { abortAllDurableObjects, reset, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { TRADING_STATUSES } from "../../engine/vocabulary/trading-status.ts";
import { health } from "../../protocol/health.ts";
import { expectProblem, get, ORDER, objectOf, place, post } from "./client.ts";

const START_MS = Date.UTC(2031, 10, 24);
/** An object's time advances while a test runs. */
const at = (time: string) => expect.stringMatching(new RegExp(`^2031-11-24T${time}\\.`));
const HEADERS = { authorization: "Bearer test-token" };

beforeEach(async () => {
  await reset();
  vi.useFakeTimers({ toFake: ["Date"], now: START_MS });
});
afterEach(() => void vi.useRealTimers());

async function healthOf() {
  const reply = await get("/healthz");
  const { instruments, status } = health.parse(JSON.parse(reply.text));
  expect(status, "the venue's is the worst").toBe(instruments[0]?.status);
  return { http: reply.status, ...instruments[0] };
}

/** The instrument's value of a metric, by the label `status` if it has one. */
async function metric(name: string): Promise<Record<string, string>> {
  const { text } = await get("/metrics");
  const found = text.matchAll(new RegExp(`^${name}{instrument="BTC-USD"(?:,status="(\\w+)")?} (.*)$`, "gm"));
  return Object.fromEntries([...found].map(([, status = "", value = ""]) => [status, value]));
}

const operate = (operation: string, body: object = {}) =>
  post(`/admin/instruments/BTC-USD/${operation}`, body, HEADERS);

describe("an instrument that takes no order", () => {
  test("because it is frozen is unavailable, with time and reason, through a restart", async () => {
    await place();
    await operate("freeze");
    vi.setSystemTime(START_MS + 60_000);
    await operate("freeze");
    await abortAllDurableObjects();
    const refused = await post("/orders", ORDER);
    expectProblem(refused, "frozen");
    expect(await healthOf()).toMatchObject({
      http: 503,
      status: "unavailable",
      trading_status: "frozen",
      trading_status_reason: "operator",
      trading_status_since: at("00:00:00"),
      order_refusal: { code: "frozen", detail: JSON.parse(refused.text).detail },
    });
    expect(await metric("edgebook_available")).toEqual({ "": "0" });
    expect(await metric("edgebook_trading_status")).toMatchObject({ frozen: "1", trading: "0", lost: "0" });

    await operate("unfreeze");
    expect(await healthOf()).toMatchObject({
      http: 200,
      status: "ok",
      trading_status: "trading",
      order_refusal: null,
      trading_status_since: at("00:01:00"),
      trading_status_reason: "operator",
    });
    expect(await metric("edgebook_available")).toEqual({ "": "1" });
  });

  test("because its storage is full is unavailable", async () => {
    await runInDurableObject(objectOf(), (_, { storage }) => {
      vi.spyOn(storage.sql, "databaseSize", "get").mockReturnValue(9_500_000_000);
    });
    expectProblem(await post("/orders", ORDER), "storage_full");
    expect(await healthOf()).toMatchObject({
      http: 503,
      status: "unavailable",
      trading_status: "trading",
      order_refusal: { code: "storage_full" },
    });
  });
});

describe("a market that is not trading", () => {
  test.each(TRADING_STATUSES.filter((status) => status !== "trading"))(
    "but %s is well, and it is said since when and why",
    async (trading_status) => {
      await operate("trading-status", { status: trading_status });
      await abortAllDurableObjects();
      expect(await healthOf()).toMatchObject({
        http: 200,
        status: "ok",
        trading_status,
        order_refusal: null,
        trading_status_since: at("00:00:00"),
        trading_status_reason: "operator",
      });
      expect(await metric("edgebook_available")).toEqual({ "": "1" });
      const statuses = await metric("edgebook_trading_status");
      expect(Object.keys(statuses).sort()).toEqual([...TRADING_STATUSES, "frozen", "lost"].sort());
      expect(Object.keys(statuses).filter((status) => statuses[status] === "1")).toEqual([trading_status]);
    },
  );

  test("reports an automatic change as the journal does", async () => {
    await operate("trading-status", { status: "halted", for_seconds: 10 });
    // Later than the end by more than the object's time has advanced by itself.
    vi.setSystemTime(START_MS + 15_000);
    await runDurableObjectAlarm(objectOf());
    expect(await healthOf()).toMatchObject({
      trading_status: "trading",
      trading_status_since: at("00:00:15"),
      trading_status_reason: expect.stringMatching(/^(halt|auction)_ended$/),
    });
  });

  test("that is also frozen reports each status in its own place", async () => {
    await operate("trading-status", { status: "halted" });
    vi.setSystemTime(START_MS + 5_000);
    await operate("freeze");
    const frozen = { trading_status: "frozen", trading_status_since: at("00:00:05") };
    expect(await healthOf()).toMatchObject(frozen);
    vi.setSystemTime(START_MS + 9_000);
    await operate("unfreeze");
    const halted = { trading_status: "halted", trading_status_since: at("00:00:00") };
    expect(await healthOf()).toMatchObject(halted);
  });
});
