import { abortAllDurableObjects, evictDurableObject, reset, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Instrument } from "../../../durable-objects/instrument/instrument.ts";
import { Clock } from "../../../durable-objects/runtime/clock.ts";
import { Random } from "../../support/random.ts";
import { expectOneState, ORDER, objectOf, type Reply } from "../client.ts";
import { bodyOf, clientOf, gateway, inGateway, post } from "./gateway-scene.ts";

beforeEach(reset);
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const [ONE, OTHER] = [clientOf(0), clientOf(1)] as const;

/** Places orders at the same time, each with a key of its own. */
function placeAll(client_id: string, prefix: string, count = 25, gateways?: number): Promise<Reply[]> {
  return Promise.all(
    Array.from({ length: count }, (_, index) =>
      post("/orders", { ...ORDER, client_id, idempotency_key: `${prefix}-${index}` }, gateways),
    ),
  );
}

/** The codes of all replies with their numbers: 201, or the code of a problem. */
async function kindsOf(replies: readonly Reply[]): Promise<Map<string, number>> {
  const kinds = new Map<string, number>();
  for (const reply of replies) {
    const kind = reply.status === 201 ? "placed" : (await bodyOf(reply)).code;
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  return kinds;
}

/**
 * Repeats each request by its key. What was placed has its answer, what was refused has none, and the rest has
 * happened once or not at all.
 */
async function expectHonest(replies: readonly Reply[], client: string, prefix: string): Promise<void> {
  const repeats = await placeAll(client, prefix, replies.length, 0);
  for (const [index, reply] of replies.entries()) {
    const repeat = repeats[index] as Reply;
    expect(repeat.status, repeat.text).toBe(201);
    const isReplay = repeat.headers.get("idempotency-replayed") === "true";
    if (reply.status === 201) expect([repeat.text, isReplay]).toEqual([reply.text, true]);
    else if (reply.status === 503) expect(isReplay, reply.text).toBe(false);
    else expect([reply.status, (await bodyOf(reply)).code]).toEqual([502, "outcome_unknown"]);
  }
}

/** Aborts something while 25 orders of each of two clients are under way, 12 times. */
async function abortUnderCalls(seed: number, abort: () => Promise<unknown>): Promise<Set<string>> {
  const random = new Random(seed);
  const seen = new Set<string>();
  for (let round = 0; round < 12; round++) {
    const [one, other] = [placeAll(ONE, `${round}`), placeAll(OTHER, `${round}`)];
    for (let turns = random.below(12); turns > 0; turns--) await scheduler.wait(0);
    await abort();
    for (const [client, replies] of [
      [ONE, await one],
      [OTHER, await other],
    ] as const) {
      for (const kind of (await kindsOf(replies)).keys())
        seen.add(`${client === ONE ? "one" : "other"} ${kind}`);
      await expectHonest(replies, client, `${round}`);
    }
  }
  const { sequence } = await objectOf().readMetrics();
  expect(sequence, `seed ${seed}: each order is accepted and stored once`).toBe(2 * 12 * 50);
  await expectOneState();
  return seen;
}

test("an instrument that aborts under calls: nothing answered is lost, nothing happens twice", async () => {
  const abort = () =>
    runInDurableObject(objectOf(), (_, state) => state.abort("a crash")).catch((error: unknown) => {
      expect(String(error)).toContain("a crash");
    });
  const seen = await abortUnderCalls(61, abort);
  expect(seen).toContain("one outcome_unknown");
  expect(seen).toContain("one placed");
});

test("a gateway that aborts under calls leaves those of the other gateway alone", async () => {
  const abort = () =>
    inGateway(0, (_, state) => state.abort("a crash")).catch((error: unknown) => {
      expect(String(error)).toContain("a crash");
    });
  const seen = await abortUnderCalls(62, abort);
  expect([...seen].sort()).toEqual(["one outcome_unknown", "one placed", "other placed"]);
});

test("all objects that abort under calls", async () => {
  const seen = await abortUnderCalls(63, abortAllDurableObjects);
  expect(seen).toContain("one placed");
});

test("what cannot be sent is refused and has no effect, and goes through once the instrument is reached", async () => {
  const refuse = vi
    .spyOn(Instrument.prototype, "fetch")
    .mockImplementation(() => new Response(null, { status: 500 }));
  const replies = await placeAll(ONE, "k");
  expect(await kindsOf(replies)).toEqual(new Map([["overloaded", 25]]));
  expect(replies[0]?.headers.get("retry-after")).toBe("1");
  expect((await objectOf().readMetrics()).sequence).toBe(0);
  refuse.mockRestore();
  expect(await kindsOf(await placeAll(ONE, "k"))).toEqual(new Map([["placed", 25]]));
});

test("a slow gateway does not hold up the other", async () => {
  await Promise.all([placeAll(ONE, "first", 1), placeAll(OTHER, "first", 1)]);
  let release = () => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const held = inGateway(0, (_, state) => state.blockConcurrencyWhile(() => gate));
  await scheduler.wait(1);
  let isDone = false;
  const slow = placeAll(ONE, "slow").then((replies) => {
    isDone = true;
    return replies;
  });
  expect(await kindsOf(await placeAll(OTHER, "fast"))).toEqual(new Map([["placed", 25]]));
  expect(isDone).toBe(false);
  release();
  await held;
  expect(await kindsOf(await slow)).toEqual(new Map([["placed", 25]]));
});

test("a call leaves at once unless others wait for answers, and then with those that come meanwhile", async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
  const waits: { milliseconds: number; pass: () => void }[] = [];
  vi.spyOn(Clock.prototype, "wait").mockImplementation((milliseconds) => {
    const wait = Promise.withResolvers<void>();
    waits.push({ milliseconds, pass: wait.resolve });
    return wait.promise;
  });
  const isPaced = ({ milliseconds }: { milliseconds: number }) => milliseconds === 10;
  const link = () =>
    inGateway(0, (object) => {
      const { depth, counts } = object.linkOf("BTC-USD") ?? expect.fail("there is no link");
      return { depth, frames: counts.frames };
    });
  const waitFor = async (depth: number) => {
    while ((await link()).depth < depth) await scheduler.wait(1);
  };
  for (let index = 0; index < 5; index++) await placeAll(ONE, `sequential-${index}`, 1);
  expect(await link()).toEqual({ depth: 0, frames: 5 });
  expect(waits.filter(isPaced)).toEqual([]);

  const answered = Promise.withResolvers<void>();
  await runInDurableObject(objectOf(), (_, { storage }) => {
    vi.spyOn(storage, "sync").mockReturnValueOnce(answered.promise);
  });
  const first = placeAll(ONE, "first", 1);
  await waitFor(1);
  while ((await link()).frames !== 6) await scheduler.wait(1);
  const others = placeAll(ONE, "others", 30);
  await waitFor(31);
  expect(waits.filter(isPaced)).toHaveLength(1);
  expect(await link()).toEqual({ depth: 31, frames: 6 });
  await inGateway(0, () => waits.find(isPaced)?.pass());
  while ((await link()).frames !== 7) await scheduler.wait(1);
  await runInDurableObject(objectOf(), () => answered.resolve());
  expect(await kindsOf([...(await first), ...(await others)])).toEqual(new Map([["placed", 31]]));
  expect(await link()).toEqual({ depth: 0, frames: 7 });
});

test("a link that nobody uses for a minute is closed, so that its gateway can be evicted", async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
  const timers: { milliseconds: number; call: () => void }[] = [];
  vi.spyOn(Clock.prototype, "after").mockImplementation((milliseconds, call) => {
    timers.push({ milliseconds, call });
  });
  const pass = (milliseconds: number) => void vi.setSystemTime(Date.now() + milliseconds);
  const ring = () => inGateway(0, () => timers.pop()?.call());
  const counts = async () => [
    await inGateway(0, (object) => (object.linkOf("BTC-USD") === undefined ? 0 : 1)),
    await runInDurableObject(
      objectOf(),
      (_, state) =>
        state.getWebSockets("link").filter(({ readyState }) => readyState === WebSocket.OPEN).length,
    ),
  ];
  await placeAll(ONE, "k", 1);
  pass(40_000);
  await placeAll(ONE, "k", 2);
  pass(20_000);
  expect(timers).toMatchObject([{ milliseconds: 60_000 }]);
  await ring();
  expect(timers, "it is idle for 20 seconds").toMatchObject([{ milliseconds: 40_000 }]);
  expect(await counts()).toEqual([1, 1]);
  pass(40_000);
  await ring();
  expect(timers).toEqual([]);
  while ((await counts())[1] !== 0) await scheduler.wait(1);
  expect(await counts()).toEqual([0, 0]);

  await evictDurableObject(gateway(0));
  const [repeat] = await placeAll(ONE, "k", 1);
  expect([repeat?.status, repeat?.headers.get("idempotency-replayed")]).toEqual([201, "true"]);
  expect(await counts()).toEqual([1, 1]);
});

test.each(["65", "-1", "1.5", "two", "1e9", "Infinity"])(
  "ORDER_GATEWAYS=%s is refused by name",
  async (text) => {
    const lines: string[] = [];
    vi.spyOn(console, "error").mockImplementation((line) => void lines.push(String(line)));
    const reply = await post("/orders", ORDER, text as unknown as number);
    expect(reply.status).toBe(502);
    expect(reply.text).not.toContain("ORDER_GATEWAYS");
    expect(lines.join("\n")).toContain(
      `ORDER_GATEWAYS must be a whole number from 0 to 64, but is \\"${text}\\"`,
    );
  },
);
