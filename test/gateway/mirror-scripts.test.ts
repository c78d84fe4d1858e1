import { createClient } from "@redis/client";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { READ_BOOK_SCRIPT, READ_TRADES_SCRIPT } from "../../durable-objects/outbox/redis/mirror-scripts.ts";
import { Random } from "../support/random.ts";
import { answersOf, FILLING_MS_MAX, mirrorCalls } from "./mirror-calls.ts";
import { asOfMs, head, type Market, next, price, VENUE } from "./mirror-market.ts";
import { redisReason, redisUrl, title, uniqueName } from "./services.ts";

const reason = await redisReason();

describe.skipIf(reason !== null)(title("the mirror's scripts", reason), () => {
  const instrument = uniqueName("edgebook-test");
  const redis = createClient({ url: redisUrl });
  const { keys, filling, update, chunk, fill, read } = mirrorCalls(redis, instrument);
  const empty: Market = { epoch: 1, sequence: 0, bids: new Map(), asks: new Map(), trades: [] };
  const book: Market = {
    epoch: 1,
    sequence: 7,
    bids: new Map([100, 101, 102].map((ticks) => [ticks, "1.5 2"])),
    asks: new Map([200, 201].map((ticks) => [ticks, "2.5 1"])),
    trades: ["one", "two"],
  };

  beforeAll(async () => {
    await redis.connect();
  });
  afterEach(async () => {
    await redis.del([...keys, ...filling]);
  });
  afterAll(() => redis.destroy());

  const NOTHING = { book: [], trades: [] };

  test.each([41, 42, 43])("pushes in any order never return it to an older state, seed %i", async (seed) => {
    const random = new Random(seed);
    const states = [empty];
    for (let count = 0; count < 200; count++) {
      const last = states.at(-1) ?? empty;
      // A new epoch begins with the same state, and counts its events from the start.
      states.push(count % 20 === 19 ? { ...last, epoch: last.epoch + 1, sequence: 0 } : next(last, random));
    }
    let held: number | undefined;
    const seen = { done: 0, refill: 0, stale: 0 };
    for (let step = 0; step < 300; step++) {
      const to = Math.min(states.length - 1, Math.max(0, (held ?? 0) + random.between(-8, 4)));
      const target = states[to] ?? empty;
      const from = random.chance(0.5) ? held : random.below(to + 1);
      const source = from === undefined ? undefined : states[from];
      const isUpdate = source !== undefined && source.epoch === target.epoch && Number(from) <= to;
      const outcome = (isUpdate ? await update(source, target) : await fill(target)) as string[];
      const current = states[held ?? -1];
      if (current !== undefined && Number(held) > to) {
        expect(outcome, `step ${step}`).toEqual(["stale", String(current.epoch), String(current.sequence)]);
      } else if (isUpdate && from !== held) {
        expect(outcome, `step ${step}`).toEqual(["refill"]);
      } else {
        expect(outcome, `step ${step}`).toEqual(["done"]);
        held = to;
      }
      seen[outcome[0] as keyof typeof seen]++;
      expect(await read(), `step ${step}`).toEqual(
        held === undefined ? NOTHING : answersOf(states[held] ?? empty),
      );
    }
    for (const [word, count] of Object.entries(seen)) expect(count, word).toBeGreaterThan(5);
  });

  test("a later confirmation of the same sequence is kept", async () => {
    await fill(book);
    await redis.hSet(keys[0] ?? "", "as_of_ms", String(asOfMs(book) + 9));
    expect(await update(book, book)).toEqual(["done"]);
    expect(await redis.hGet(keys[0] ?? "", "as_of_ms")).toBe(String(asOfMs(book) + 9));
  });

  test("a refill in parts is shown whole, and only with its last part", async () => {
    await fill(empty);
    const [bids, asks] = [{ bids: book.bids }, { asks: book.asks, trades: book.trades }];
    expect(await chunk(book, "a", bids, "first")).toEqual(["done"]);
    expect(await read(), "nothing of it yet").toEqual(answersOf(empty));
    for (const key of filling.filter((_, part) => [0, 1, 2].includes(part))) {
      expect(await redis.pTTL(key), key).toBeGreaterThan(FILLING_MS_MAX - 5_000);
    }
    expect(await chunk(book, "a", asks, "last")).toEqual(["done"]);
    expect(await read()).toEqual(answersOf(book));
    expect(await redis.exists(filling)).toBe(0);
    // Keys that were to expire with an abandoned refill must not expire any more.
    for (const key of keys) expect(await redis.pTTL(key), key).toBe(-1);
  });

  test("a refill that another one interrupts starts again, and the other one finishes", async () => {
    await fill(empty);
    const second = { ...book, sequence: 8, trades: ["three"] };
    await chunk(book, "a", { bids: book.bids }, "first");
    await chunk(second, "b", { bids: second.bids }, "first");
    expect(await chunk(book, "a", { asks: book.asks, trades: book.trades }, "last")).toEqual(["restart"]);
    expect(await read()).toEqual(answersOf(empty));
    expect(await chunk(second, "b", { asks: second.asks, trades: second.trades }, "last")).toEqual(["done"]);
    expect(await read()).toEqual(answersOf(second));
  });

  const rest = { asks: book.asks, trades: book.trades };
  const breaks: [string, () => Promise<unknown>][] = [
    ["expired", () => redis.del(filling)],
    ["lost its token", () => redis.del(filling[0] ?? "")],
    ["lost its prices", () => redis.del(filling[1] ?? "")],
    ["lost an entry", () => redis.hDel(filling[2] ?? "", price(101))],
    ["got a price too many", () => redis.zAdd(filling[1] ?? "", { score: 1, value: "1.00" })],
    [
      "got a token of another type",
      async () => [await redis.del(filling[0] ?? ""), await redis.lPush(filling[0] ?? "", "a")],
    ],
  ];
  test.each(breaks)("a refill that %s half-way starts again, and then succeeds", async (_, lose) => {
    await fill(empty);
    await chunk(book, "a", { bids: book.bids }, "first");
    await lose();
    expect(await chunk(book, "a", rest, "last")).toEqual(["restart"]);
    expect(await read(), "the mirror is as it was").toEqual(answersOf(empty));
    await chunk(book, "a", { bids: book.bids }, "first");
    expect(await chunk(book, "a", rest, "last")).toEqual(["done"]);
    expect(await read()).toEqual(answersOf(book));
  });

  test("an older refill does not overtake a newer one that finished meanwhile", async () => {
    const newer = { ...book, sequence: 9 };
    await chunk(book, "a", { bids: book.bids }, "first");
    expect(await fill(newer)).toEqual(["done"]);
    expect(await chunk(book, "a", rest, "last")).toEqual(["stale", "1", "9"]);
    expect(await read()).toEqual(answersOf(newer));
  });

  const broken = keys.flatMap((key, part) =>
    (["text", "set"] as const).map((type): [string, string, () => Promise<unknown>] => [
      key.slice(key.indexOf("}") + 1),
      type,
      async () => {
        await redis.del(keys[part] ?? "");
        if (type === "text") await redis.set(keys[part] ?? "", "1");
        else await redis.sAdd(keys[part] ?? "", ["1", "2"]);
      },
    ]),
  );
  test.each(broken)(
    "with %s a %s it is not read, not updated, and a refill mends it",
    async (_, __, spoil) => {
      await fill(book);
      await spoil();
      expect(await read()).toEqual(NOTHING);
      expect(await update(book, { ...book, sequence: 8 })).toEqual(["refill"]);
      expect(await fill({ ...book, sequence: 8 })).toEqual(["done"]);
      expect(await read()).toEqual(answersOf({ ...book, sequence: 8 }));
    },
  );

  test("the requested number of levels and trades is read, the best and the newest", async () => {
    await fill(book);
    expect(await redis.evalRo(READ_BOOK_SCRIPT, { keys, arguments: ["1"] })).toEqual([
      ...head(book),
      VENUE.own,
      ["102.00", "1.5 2"],
      ["200.00", "2.5 1"],
    ]);
    expect(await redis.evalRo(READ_TRADES_SCRIPT, { keys, arguments: ["1"] })).toEqual([
      ...head(book),
      VENUE.own,
      ["two"],
    ]);
  });
});
