import { afterEach, expect, test } from "vitest";
import { OTHER_VERSION } from "../../../durable-objects/link/frames.ts";
import { CALL_MS_MAX } from "../../../durable-objects/link/link.ts";
import type { LinkSocket } from "../../../durable-objects/link/link-host.ts";
import { CallLink, closeLinks, kindOf, until } from "./link-scene.ts";

afterEach(closeLinks);

/** An object's end that a test plays. */
class FarEnd {
  readonly frames: string[] = [];
  readonly near: WebSocket;
  readonly far: WebSocket;

  constructor() {
    const { 0: near, 1: far } = new WebSocketPair();
    this.near = near;
    this.far = far;
    near.accept();
    far.accept();
    far.addEventListener("message", ({ data }) => void this.frames.push(String(data)));
  }
}

/** A link whose connections are opened by a function. */
function linkTo(connect: (attempt: number) => Promise<LinkSocket> | LinkSocket) {
  let attempts = 0;
  const waits: number[] = [];
  const { link } = new CallLink("BTC-USD", {
    connect: async () => await connect(attempts++),
    wait: async (milliseconds) => {
      if (milliseconds < CALL_MS_MAX) waits.push(milliseconds);
      await scheduler.wait(milliseconds < CALL_MS_MAX ? 1 : milliseconds);
    },
  });
  return { link, waits, attempts: () => attempts };
}

test("calls that cannot be sent are refused, and each next attempt comes later, up to two seconds", async () => {
  const { link, waits } = linkTo((attempt) => {
    if (attempt < 12) throw new Error("no way");
    return new FarEnd().near;
  });
  const first = await Promise.allSettled([link.call("readStatus\t[]"), link.call("readStatus\t[]")]);
  expect(first.map(kindOf)).toEqual(["overloaded", "overloaded"]);
  await until(() => link.counts.reconnects === 0 && waits.length === 11 + 1);
  expect(waits).toEqual([20, 40, 80, 160, 320, 640, 1000, 1000, 1000, 1000, 1000, 1000]);
  expect(link.depth).toBe(0);
});

test("a connection that does not open in time counts as one that cannot, and is closed if it comes", async () => {
  const opens: ((socket: LinkSocket) => void)[] = [];
  const late = new FarEnd();
  const { link } = new CallLink("BTC-USD", {
    connect: () =>
      new Promise((resolve) => {
        opens.push(resolve);
      }),
    wait: () => scheduler.wait(1),
  });
  const closed = new Promise<CloseEvent>((resolve) => late.far.addEventListener("close", resolve));
  const [outcome] = await Promise.allSettled([link.call("readStatus\t[]")]);
  expect(outcome && kindOf(outcome)).toBe("overloaded");
  opens[0]?.(late.near);
  expect((await closed).code).toBe(1000);
});

test("a link that is closed while it opens stays closed", async () => {
  const end = new FarEnd();
  const closed = new Promise<CloseEvent>((resolve) => end.far.addEventListener("close", resolve));
  const { link, attempts } = linkTo(async () => {
    await scheduler.wait(5);
    return end.near;
  });
  const outcome = Promise.allSettled([link.call("readStatus\t[]")]);
  link.close();
  expect((await outcome).map(kindOf)).toEqual(["overloaded"]);
  expect((await closed).code).toBe(1000);
  expect((await Promise.allSettled([link.call("readStatus\t[]")])).map(kindOf)).toEqual(["overloaded"]);
  expect([attempts(), end.frames]).toEqual([1, []]);
});

test("an object of another version has no effect on calls, and is not asked again and again", async () => {
  const { link, waits, attempts } = linkTo((attempt) => {
    const end = new FarEnd();
    if (attempt < 4) end.far.close(OTHER_VERSION, "another version");
    return end.near;
  });
  const outcomes = await Promise.allSettled([link.call("readStatus\t[]")]);
  expect(outcomes.map(kindOf)).toEqual(["overloaded"]);
  await until(() => attempts() === 5);
  expect(waits).toEqual([20, 40, 80]);
});

test("a connection that has served is replaced at once", async () => {
  const ends: FarEnd[] = [];
  const { link, waits } = linkTo(() => {
    const end = new FarEnd();
    ends.push(end);
    return end.near;
  });
  for (let round = 0; round < 5; round++) {
    const answer = link.call("readStatus\t[]");
    await until(() => ends[round]?.frames.length === 1);
    const [, line = ""] = ends[round]?.frames[0]?.split("\n") ?? [];
    ends[round]?.far.send(`${line.split("\t")[0]}\t=\tanswer ${round}`);
    expect(await answer).toBe(`answer ${round}`);
    const lost = link.call("readStatus\t[]");
    await until(() => ends[round]?.frames.length === 2);
    ends[round]?.far.close(1011, "the object ends");
    expect((await Promise.allSettled([lost])).map(kindOf)).toEqual(["unknown"]);
    await until(() => link.counts.reconnects === round + 1);
  }
  expect(waits).toEqual([]);
  expect(link.counts).toEqual({ calls: 10, frames: 10, reconnects: 5 });
});

test("answers that cannot be read end the connection, and the outcomes are unknown", async () => {
  const ends: FarEnd[] = [];
  const { link } = linkTo(() => {
    const end = new FarEnd();
    ends.push(end);
    return end.near;
  });
  const calls = Promise.allSettled([link.call("readStatus\t[]"), link.call("readStatus\t[]")]);
  await until(() => ends[0]?.frames.length === 1);
  const closed = new Promise<CloseEvent>((resolve) => ends[0]?.far.addEventListener("close", resolve));
  ends[0]?.far.send('1\t=\tgood\n2\t!\t"cut');
  expect((await closed).code).toBe(1002);
  expect((await calls).map(kindOf)).toEqual(["done", "unknown"]);
});

test("answers to nobody are ignored", async () => {
  const end = new FarEnd();
  const { link } = linkTo(() => end.near);
  const answer = link.call("readStatus\t[]");
  await until(() => end.frames.length === 1);
  end.far.send("99\t=\tother\n1\t=\tmine\n1\t=\tmine again");
  expect(await answer).toBe("mine");
  expect(link.depth).toBe(0);
});
