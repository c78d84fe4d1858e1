import { reset, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { writeLine } from "../../../durable-objects/calls/call.ts";
import { bodyOf, line, object, selectOne, statusOf } from "../flow.ts";
import { CallLink, closeLinks, FrameLink, socketsOf, submitLine } from "./link-scene.ts";

beforeEach(reset);
afterEach(() => {
  closeLinks();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("a frame that cannot be read closes its link and harms nobody else", () => {
  const good = submitLine(1, line());

  test.each([
    ["nothing", ""],
    ["a head alone", "5000"],
    ["a head that is no number", `soon\n${good}`],
    ["a head that is empty", `\n${good}`],
    ["a head that is not finite", `Infinity\n${good}`],
    ["words", "hello"],
    ["an empty line", "5000\n"],
    ["a line without tabs", "5000\nsubmit"],
    ["an unknown method", "5000\n1\tdrop\t[]"],
    ["a method of the object that is no call", "5000\n1\talarm\t[]"],
    ["a method of every object", "5000\n1\ttoString\t[]"],
    ["no number", "5000\n\treadStatus\t[]"],
    ["a number that is none", "5000\nx\treadStatus\t[]"],
    ["arguments that are not JSON", "5000\n1\treadBook\t[1"],
    ["arguments that are no array", '5000\n1\treadBook\t{"length":1}'],
    ["a count that is no number", `5000\n1\tsubmit\tmany\t${line()}`],
    ["a count of nothing", `5000\n1\tsubmit\t0\t${line()}`],
    ["a count below nothing", `5000\n1\tsubmit\t-5\t${line()}`],
    ["a count with a fraction", `5000\n1\tsubmit\t0.5\t${line()}`],
    ["a missing count", `5000\n1\tsubmit\t${line()}`],
  ])("%s", async (_, frame) => {
    const neighbour = new CallLink();
    await neighbour.door.submit(line());
    const link = await FrameLink.open();
    link.socket.send(frame);
    expect(await link.closed).toMatchObject({ code: 1002 });
    expect(link.frames).toEqual([]);
    expect(statusOf(await neighbour.door.submit(line()))).toBe(201);
    expect(neighbour.link.counts.reconnects).toBe(0);
    const { queueDepth, sequence } = await object().readMetrics();
    expect({ queueDepth, sequence }).toEqual({ queueDepth: 0, sequence: 4 });
    expect(await socketsOf()).toEqual({ links: 1, subscribers: 0 });
  });

  test("bytes", async () => {
    const link = await FrameLink.open();
    link.socket.send(new Uint8Array([0xff, 0xfe, 0x00]).buffer);
    expect(await link.closed).toMatchObject({ code: 1002 });
  });

  test("none of its calls has begun", async () => {
    const link = await FrameLink.open();
    link.send(5_000, good, good, "3\tdrop\t[]");
    await link.closed;
    expect((await object().readMetrics()).sequence).toBe(0);
  });
});

describe("a call whose time is over before its turn", () => {
  /** Holds the next flush back, and sets the clock forth before it is released. */
  async function holdFlush(passedMs: number): Promise<void> {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
    await runInDurableObject(object(), (_, { storage }) => {
      const sync = storage.sync.bind(storage);
      vi.spyOn(storage, "sync").mockImplementationOnce(async () => {
        await sync();
        vi.setSystemTime(Date.now() + passedMs);
      });
    });
  }

  test("is refused without effect, and what has more time is not", async () => {
    await holdFlush(100);
    const [short, long] = [await FrameLink.open(), await FrameLink.open()];
    short.send(99, submitLine(1, line({ key: "late" })));
    long.send(101, submitLine(1, line({ key: "in time" })));
    const [refused = ""] = await short.answers(1);
    const [answered = ""] = await long.answers(1);
    expect(refused.slice(0, 8)).toBe("1\t=\t503 ");
    expect(bodyOf(refused.slice(4))).toMatchObject({ code: "overloaded" });
    expect(answered.slice(0, 8)).toBe("1\t=\t201 ");
    const { sequence, rejects, queueDepth } = await object().readMetrics();
    expect([sequence, rejects.overloaded, queueDepth]).toEqual([2, 1, 0]);
    expect((await object().submit(line({ key: "late" }))).slice(0, 4)).toBe("201 ");
  });

  test("is carried out if it has begun: a batch that takes several flushes is finished", async () => {
    const link = await FrameLink.open();
    const count = 400;
    const entries = Array.from({ length: count }, (_, index) => ({
      ...{ kind: "place" as const, clientId: "client-A", idempotencyKey: null, clientOrderId: `o${index}` },
      ...{ side: "buy" as const, type: "limit" as const, price: "1", quantity: "1", terms: {} },
    }));
    const batch = writeLine({
      ...{ kind: "batch", isAtomic: false, isBrief: true, clientId: null, idempotencyKey: null },
      ...{ identity: "batch", entries },
    });
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
    let flushes = 0;
    await runInDurableObject(object(), (_, { storage }) => {
      const sync = storage.sync.bind(storage);
      vi.spyOn(storage, "sync").mockImplementation(async () => {
        await sync();
        if (++flushes > 1) vi.setSystemTime(Date.now() + 60_000);
      });
    });
    link.send(1_000, submitLine(1, batch, count));
    const [answer = ""] = await link.answers(1);
    const { results } = bodyOf(answer.slice(4));
    expect(results).toHaveLength(count);
    expect(results.filter(({ problem }: { problem?: object }) => problem !== undefined)).toEqual([]);
    expect(await selectOne("SELECT count(*) AS count FROM orders")).toEqual({ count });
    expect(await selectOne("SELECT count(*) > 1 AS several FROM events")).toEqual({ several: 1 });
  });
});
