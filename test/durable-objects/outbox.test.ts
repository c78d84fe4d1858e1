import { reset, runInDurableObject } from "cloudflare:test";
import { beforeEach, describe, expect, test } from "vitest";
import { InstrumentMetrics } from "../../durable-objects/instrument/flush/metrics.ts";
import { Alarm } from "../../durable-objects/outbox/alarm.ts";
import { Outbox } from "../../durable-objects/outbox/outbox.ts";
import type { Sink } from "../../durable-objects/outbox/sink/sink.ts";
import { restMs } from "../../durable-objects/outbox/yielding.ts";
import { Clock } from "../../durable-objects/runtime/clock.ts";
import { Watermarks } from "../../durable-objects/storage/watermarks.ts";
import { object } from "./flow.ts";

beforeEach(reset);

/** Runs with a separate outbox on the storage of an object that ships nothing itself. */
function withOutbox(
  sinks: readonly Sink[],
  lastSequence: () => number,
  use: (outbox: Outbox, storage: DurableObjectStorage, metrics: InstrumentMetrics) => Promise<void>,
  nextDueMs: () => number | undefined = () => undefined,
): Promise<void> {
  return runInDurableObject(object(), async (_, state) => {
    const { storage } = state;
    const book = () => ({ sequence: lastSequence(), nextDueMs: nextDueMs() });
    const noRing = () => Promise.reject(new Error("the clock was not set"));
    const clock = new Clock(state);
    const alarm = new Alarm(storage, clock, noRing);
    const metrics = new InstrumentMetrics(storage.sql, clock);
    const outbox = new Outbox(clock, alarm, new Watermarks(storage.sql), sinks, book, metrics);
    await use(outbox, storage, metrics);
    await storage.deleteAlarm();
  });
}

const level: Sink = { name: "level", ship: async () => 9 };
const failing: Sink = {
  name: "failing",
  ship: () => Promise.reject(new Error("postgres://user:secret@host is away")),
};

describe("on start", () => {
  test.each([
    ["lost", null],
    ["in the past", -60_000],
    ["further ahead than any backoff", 3_600_000],
  ])("an alarm that is %s is set again", async (_, offsetMs) => {
    await withOutbox(
      [level],
      () => 9,
      async (outbox, storage) => {
        if (offsetMs !== null) await storage.setAlarm(Date.now() + offsetMs);
        await outbox.rearm();
        const inMs = Number(await storage.getAlarm()) - Date.now();
        expect(inMs).toBeGreaterThan(0);
        expect(inMs).toBeLessThanOrEqual(1_000);
      },
    );
  });

  test("a pending alarm is left alone, and none is set without anything to ship", async () => {
    await withOutbox(
      [level],
      () => 9,
      async (outbox, storage) => {
        const alarmMs = Date.now() + 30_000;
        await storage.setAlarm(alarmMs);
        await outbox.rearm();
        expect(await storage.getAlarm()).toBe(alarmMs);
      },
    );
    await withOutbox(
      [level],
      () => 0,
      async (outbox, storage) => {
        await outbox.rearm();
        expect(await storage.getAlarm()).toBeNull();
      },
    );
  });
});

test("a sink that backs off neither keeps the alarm busy nor delays another sink", async () => {
  let sequence = 9;
  await withOutbox(
    [{ ...level, ship: async () => sequence }, failing],
    () => sequence,
    async (outbox, storage) => {
      for (let pass = 0; pass < 6; pass++) await outbox.run();
      const [first, second] = outbox.health();
      expect(first).toMatchObject({ lagEvents: 0, failures: 0 });
      // Earlier passes leave it alone.
      expect(second).toMatchObject({ lagEvents: 9, lastError: "an unknown error; the log has details" });
      expect(second?.failures).toBeLessThan(5);
      const restMs = Number(await storage.getAlarm()) - Date.now();
      expect(restMs).toBeGreaterThan(0);
      sequence = 12;
      outbox.arm();
      const soonMs = Number(await storage.getAlarm()) - Date.now();
      expect(soonMs).toBeLessThanOrEqual(200);
      await outbox.run();
      expect(outbox.health()[0]).toMatchObject({ lastSequence: 12, lagEvents: 0 });
    },
  );
});

test("events that arrive while a slow sink works reach a fast one in the same pass", async () => {
  let sequence = 1;
  let isReleased = false;
  const slow: Sink = {
    name: "slow",
    ship: async () => {
      while (!isReleased) await scheduler.wait(10);
      return sequence;
    },
  };
  await withOutbox(
    [{ name: "quick", ship: async () => sequence }, slow],
    () => sequence,
    async (outbox) => {
      const pass = outbox.run();
      await scheduler.wait(20);
      sequence = 2;
      await scheduler.wait(600);
      const [quick, behind] = outbox.health();
      expect([quick?.lastSequence, behind?.lastSequence]).toEqual([2, 0]);
      isReleased = true;
      await pass;
    },
  );
});

test("a long pass ends when work is due, whether it was scheduled before or during the pass", async () => {
  let dueMs: number | undefined;
  let shipped = 0;
  const catchingUp: Sink = {
    name: "catching up",
    ship: async () => {
      await scheduler.wait(10);
      if (++shipped === 5) dueMs = Date.now() + 50;
      return shipped;
    },
  };
  await withOutbox(
    [catchingUp],
    () => 1_000,
    async (outbox, storage) => {
      await outbox.run();
      expect(shipped).toBeLessThan(500);
      expect(await storage.getAlarm()).toBeLessThanOrEqual(Date.now());
    },
    () => dueMs,
  );
});

describe("while orders queue", () => {
  const counts = (flushes: number, requests: number) => ({ flushes, requests });

  test.each([
    ["nothing was flushed", 0, 0, 0, 0],
    ["flushes are small", 10, 119, 0, 0],
    ["flushes are full", 10, 120, 0, 300],
    ["the sink is far behind", 10, 1_000, 200_001, 0],
    ["the sink is not yet far behind", 10, 1_000, 200_000, 300],
  ])("a sink rests after a batch as long as it should if %s", (_, flushes, requests, lagEvents, expected) => {
    expect(restMs(counts(5, 50), counts(5 + flushes, 50 + requests), 100, lagEvents)).toBe(expected);
  });

  test("a rest is bounded, and no clock that is set makes it negative", () => {
    expect(restMs(counts(0, 0), counts(1, 50), 60_000, 0)).toBe(2_000);
    expect(restMs(counts(0, 0), counts(1, 50), -5, 0)).toBe(0);
  });

  test("a sink ships a batch, rests, and goes on until it has everything", async () => {
    let shipped = 0;
    let metrics: InstrumentMetrics | undefined;
    const times: number[] = [];
    const sink: Sink = {
      name: "busy",
      ship: async () => {
        times.push(Date.now());
        for (let count = 0; count < 5; count++) metrics?.countFlush(40);
        await scheduler.wait(40);
        return ++shipped;
      },
    };
    await withOutbox(
      [sink],
      () => 3,
      async (outbox, storage, ofOutbox) => {
        metrics = ofOutbox;
        await outbox.run();
        expect(shipped).toBe(3);
        // Each batch takes 40 ms, and each rest three times as long.
        const [first = 0, second = 0, third = 0] = times;
        expect(second - first).toBeGreaterThanOrEqual(120);
        expect(third - second).toBeGreaterThanOrEqual(120);
        await storage.deleteAlarm();
      },
    );
  });
});
