import { abortAllDurableObjects, evictDurableObject, reset, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { OTHER_VERSION } from "../../../durable-objects/link/frames.ts";
import { Random } from "../../support/random.ts";
import { Subscriber, subscribe } from "../feed/subscriber.ts";
import { line, object, selectOne, statusOf, verified } from "../flow.ts";
import { CallLink, closeLinks, FrameLink, kindOf, socketsOf, submitLine, until } from "./link-scene.ts";

beforeEach(reset);
afterEach(() => {
  closeLinks();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("an answer", () => {
  test("does not leave if the object crashes in the turn of the write, and nothing happened", async () => {
    const { door } = new CallLink();
    await door.submit(line({ key: "before" }));
    const before = await verified("before");
    await runInDurableObject(object(), (_, state) => {
      const { storage } = state;
      const transactionSync = storage.transactionSync.bind(storage);
      storage.transactionSync = (closure) => {
        const result = transactionSync(closure);
        state.abort("crash before the commit");
        return result;
      };
    });
    const lines = [line({ key: "lost" }), line({ key: "lost too", side: "sell", quantity: "0.5" })];
    const outcomes = await Promise.allSettled(lines.map((text) => door.submit(text)));
    expect(outcomes.map(kindOf)).toEqual(["unknown", "unknown"]);
    expect(await verified("after the crash")).toEqual(before);
    const retries = await Promise.all(lines.map((text) => door.submit(text)));
    expect(retries.map((answer) => answer.slice(0, 4))).toEqual(["201 ", "201 "]);
  });

  test("leaves only once it is stored: what was answered survives an abort, what was not is unknown", async () => {
    const random = new Random(31);
    const links = [new CallLink(), new CallLink()];
    const kinds = { done: 0, unknown: 0, overloaded: 0 };
    for (let round = 0; round < 25; round++) {
      const lines = Array.from({ length: 30 }, (_, index) => line({ key: `${round}-${index}` }));
      const outcomes = Promise.allSettled(lines.map((text) => random.pick(links).door.submit(text)));
      for (let turns = random.below(4); turns > 0; turns--) await scheduler.wait(0);
      await abortAllDurableObjects();
      const settled = await outcomes;
      const repeats = await Promise.all(lines.map((text) => object().submit(text)));
      for (const [index, outcome] of settled.entries()) {
        const label = `seed ${random.seed}, round ${round}, call ${index}`;
        const kind = kindOf(outcome) as keyof typeof kinds;
        kinds[kind]++;
        const repeat = repeats[index] ?? "";
        // What was not made has no stored answer; what was answered has that one.
        if (kind === "overloaded") expect(repeat.slice(0, 4), label).toBe("201 ");
        if (outcome.status === "fulfilled")
          expect([repeat.slice(0, 4), repeat.slice(4)], label).toEqual(["201R", outcome.value.slice(4)]);
      }
      await verified(`seed ${random.seed}, round ${round}`);
    }
    expect(await selectOne("SELECT count(*) AS count FROM orders")).toEqual({ count: 25 * 30 });
    expect(kinds.done, "some were answered").toBeGreaterThan(0);
    expect(kinds.unknown, "some were lost").toBeGreaterThan(0);
  });
});

describe("a link", () => {
  test("outlives the memory of its object", async () => {
    const { door, link, sockets: opened } = new CallLink();
    const first = await door.submit(line({ key: "k" }));
    const { startedMs } = await door.readMetrics();
    await scheduler.wait(5);
    await evictDurableObject(object(), { webSockets: "hibernate" });
    const repeat = await door.submit(line({ key: "k" }));
    expect([repeat.slice(0, 4), repeat.slice(4)]).toEqual(["201R", first.slice(4)]);
    expect((await door.readMetrics()).startedMs, "the object has started again").toBeGreaterThan(startedMs);
    expect([opened.length, link.counts.reconnects]).toEqual([1, 0]);
  });

  test("is closed when its object aborts, and another one works", async () => {
    const { door, link } = new CallLink();
    await door.submit(line());
    await abortAllDurableObjects();
    await until(() => link.counts.reconnects === 1);
    expect(statusOf(await door.submit(line()))).toBe(201);
    expect(await socketsOf()).toEqual({ links: 1, subscribers: 0 });
  });

  test.each(["0", "2", "1x", "null"])("of version %s is closed with a code of its own", async (version) => {
    const link = await FrameLink.open("BTC-USD", version);
    expect(await link.closed).toMatchObject({ code: OTHER_VERSION });
    expect(await socketsOf()).toEqual({ links: 0, subscribers: 0 });
  });

  test("that is closed by its peer leaves the calls that have begun", async () => {
    const link = await FrameLink.open();
    link.send(5_000, submitLine(1, line({ key: "k" })));
    link.socket.close(1000, "gone");
    await link.closed;
    const repeat = await object().submit(line({ key: "k" }));
    expect(repeat.slice(0, 4)).toBe("201R");
    expect(await socketsOf()).toEqual({ links: 0, subscribers: 0 });
  });
});

describe("links and subscribers", () => {
  test("are counted, closed and woken apart", async () => {
    const calls = new CallLink();
    const frames = await FrameLink.open();
    await calls.door.submit(line());
    const subscriber = await subscribe();
    expect(await socketsOf()).toEqual({ links: 2, subscribers: 1 });
    expect((await calls.door.readMetrics()).sockets).toBe(1);

    await evictDurableObject(object(), { webSockets: "hibernate" });
    expect((await calls.door.readMetrics()).sockets).toBe(1);
    await calls.door.submit(line());
    await subscriber.until(({ seq }) => seq === 4);
    frames.send(5_000, "7\treadStatus\t[]");
    expect((await frames.answers(1))[0]).toContain('7\t=\t{"instrument":"BTC-USD"');

    frames.socket.close(1000, "done");
    await frames.closed;
    await calls.door.submit(line());
    await subscriber.until(({ seq }) => seq === 6);
    expect(await socketsOf()).toEqual({ links: 1, subscribers: 1 });

    subscriber.socket.close(1000, "done");
    await subscriber.closed;
    expect(statusOf(await calls.door.submit(line()))).toBe(201);
    expect((await calls.door.readMetrics()).sockets).toBe(0);
    expect(calls.frames.join("")).not.toContain("snapshot");
    expect(calls.link.counts.reconnects).toBe(0);
  });

  test("have languages of their own: neither takes the other's messages", async () => {
    const link = await FrameLink.open();
    const subscriber = await subscribe();
    expect(subscriber).toBeInstanceOf(Subscriber);
    subscriber.socket.send(`5000\n${submitLine(1, line())}`);
    await subscriber.until(({ others }) => others.length === 1);
    link.socket.send(JSON.stringify({ id: 1, op: "subscribe", channels: ["book"] }));
    expect(await link.closed).toMatchObject({ code: 1002 });
    expect((await object().readMetrics()).sequence).toBe(0);
  });
});
