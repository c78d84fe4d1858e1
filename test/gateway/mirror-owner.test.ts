import { createClient } from "@redis/client";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { answersOf, mirrorCalls } from "./mirror-calls.ts";
import { type Market, VENUE } from "./mirror-market.ts";
import { redisReason, redisUrl, title, uniqueName } from "./services.ts";

const reason = await redisReason();

describe.skipIf(reason !== null)(title("a mirror of another venue", reason), () => {
  const redis = createClient({ url: redisUrl });
  const { keys, filling, update, chunk, fill, read } = mirrorCalls(redis, uniqueName("edgebook-test"));
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

  const other = { own: "another venue", adopted: "" };
  const newer = { ...book, epoch: 2, sequence: 8 };

  test("changes nothing, however new its state, and gets the owner of the mirror", async () => {
    await fill(book);
    expect(await update(book, { ...book, sequence: 8 }, other)).toEqual(["other", VENUE.own]);
    expect(await fill(newer, other)).toEqual(["other", VENUE.own]);
    expect(await chunk(newer, "a", { bids: book.bids, venue: other }, "first")).toEqual(["other", VENUE.own]);
    expect(await redis.exists(filling)).toBe(0);
    expect(await read()).toEqual(answersOf(book));
  });

  test("that has taken the mirror over writes it, and the first one no longer does", async () => {
    await fill(book);
    const heir = { ...other, adopted: VENUE.own };
    expect(await fill(newer, heir)).toEqual(["done"]);
    expect(await redis.hGet(keys[0] ?? "", "venue")).toBe(other.own);
    expect(await update(newer, { ...newer, sequence: 9 }, heir)).toEqual(["done"]);
    expect(await fill({ ...book, epoch: 3 })).toEqual(["other", other.own]);
  });

  test("a mirror from before venues had ids has no owner, and the venue that continues claims it", async () => {
    await fill(book);
    await redis.hDel(keys[0] ?? "", "venue");
    expect((await read()).book[4]).toBe("");
    expect(await update(book, { ...book, sequence: 8 })).toEqual(["done"]);
    expect(await read()).toEqual(answersOf({ ...book, sequence: 8 }));
  });
});
