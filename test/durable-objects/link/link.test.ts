import { afterEach, beforeEach, expect, test } from "vitest";
import { submitText } from "../../../durable-objects/link/frames.ts";
import { CALL_MS_MAX, CALLS_MAX, Link } from "../../../durable-objects/link/link.ts";
import type { LinkSocket } from "../../../durable-objects/link/link-host.ts";
import { setLogOutput } from "../../../durable-objects/runtime/log.ts";
import { Refusal } from "../../../protocol/refusal.ts";

/** The far end of a link, played by the test. */
class FarEnd implements LinkSocket {
  readonly frames: string[] = [];
  readonly #listeners = new Map<string, (event: never) => void>();

  send(text: string): void {
    this.frames.push(text);
  }

  close(code = 1005): void {
    this.end(code);
  }

  addEventListener(type: string, listener: (event: never) => void): void {
    this.#listeners.set(type, listener);
  }

  /** Answers with these lines in one frame. */
  answer(...lines: string[]): void {
    this.#listeners.get("message")?.({ data: lines.join("\n") } as never);
  }

  end(code: number): void {
    this.#listeners.get("close")?.({ code } as never);
  }
}

/** A link whose time, turns, waits and attempts to connect are the test's. */
class Scene {
  nowMs = 0;
  readonly farEnds: FarEnd[] = [];
  readonly waitedMs: number[] = [];
  readonly link: Link;
  /** How each attempt to connect ends; when they are used up, they succeed. */
  failures = 0;
  #soon: (() => void)[] = [];
  #waits: (() => void)[] = [];

  constructor() {
    this.link = new Link("BTC-USD", {
      connect: async () => {
        if (this.failures-- > 0) throw new Error("refused");
        const farEnd = new FarEnd();
        this.farEnds.push(farEnd);
        return farEnd;
      },
      nowMs: () => this.nowMs,
      soon: (call) => this.#soon.push(call),
      wait: (milliseconds, signal) => {
        // No attempt to connect is late here.
        if (signal !== undefined) return new Promise(() => {});
        this.waitedMs.push(milliseconds);
        return new Promise((resolve) => this.#waits.push(resolve));
      },
      random: () => 0.5,
    });
  }

  get farEnd(): FarEnd {
    const farEnd = this.farEnds.at(-1);
    if (farEnd === undefined) throw new Error("there is no connection yet");
    return farEnd;
  }

  /** Ends the turn: what was to happen soon happens, and promises settle. */
  async turn(): Promise<void> {
    for (const call of this.#soon.splice(0)) call();
    for (let count = 0; count < 20; count++) await Promise.resolve();
  }

  async endWaits(): Promise<void> {
    for (const resolve of this.#waits.splice(0)) resolve();
    await this.turn();
  }
}

/** What became of a call: its answer, or what it failed with. */
async function outcome(call: Promise<string>): Promise<string> {
  return call.catch((error: unknown) =>
    error instanceof Refusal ? `${error.problem.code}: ${error.problem.detail}` : `unknown: ${String(error)}`,
  );
}

const logged: string[] = [];
beforeEach(() => setLogOutput((_level, line) => logged.push(JSON.parse(line).event)));
afterEach(() => {
  setLogOutput();
  logged.length = 0;
});

test("the calls of a turn share a frame, and each gets its own answer in any order", async () => {
  const scene = new Scene();
  const calls = ["a", "b", "c"].map((line) => outcome(scene.link.call(submitText(line, 1))));
  await scene.turn();
  expect(scene.farEnd.frames).toEqual([`${CALL_MS_MAX}\n1\tsubmit\t1\ta\n2\tsubmit\t1\tb\n3\tsubmit\t1\tc`]);
  scene.farEnd.answer("3\t=\t201 third", "1\t=\t201 first");
  scene.farEnd.answer('2\t!\t"lost"');
  expect(await Promise.all(calls)).toEqual(["201 first", "unknown: Error: lost", "201 third"]);
  expect(scene.link.depth).toBe(0);
  expect(scene.link.counts).toEqual({ calls: 3, frames: 1, reconnects: 0 });
});

test("when the link breaks, what was sent is unknown, and what was not goes over the next one", async () => {
  const scene = new Scene();
  await scene.link.open();
  const sent = outcome(scene.link.call("readStatus\t[]"));
  await scene.turn();
  const unsent = outcome(scene.link.call("readBook\t[1]"));
  scene.farEnd.end(1006);
  expect(await sent).toMatch(/^unknown: .*broke/);
  await scene.turn();
  expect(scene.farEnds).toHaveLength(2);
  expect(scene.farEnd.frames).toEqual([`${CALL_MS_MAX}\n2\treadBook\t[1]`]);
  scene.farEnd.answer("2\t=\t{}");
  expect(await unsent).toBe("{}");
  expect(scene.link.counts.reconnects).toBe(1);
  expect(logged).toEqual(["link_broken"]);
});

test("what is not sent when an attempt to connect fails is refused, and nothing happened", async () => {
  const scene = new Scene();
  scene.failures = 4;
  expect(await outcome(scene.link.call("readStatus\t[]"))).toBe(
    "overloaded: the instrument cannot be reached; nothing happened",
  );
  // It goes on by itself, each time after a longer wait.
  for (let attempt = 0; attempt < 4; attempt++) await scene.endWaits();
  expect(scene.waitedMs).toEqual([30, 60, 120, 240]);
  expect(scene.farEnds).toHaveLength(1);
  const call = outcome(scene.link.call("readStatus\t[]"));
  await scene.turn();
  scene.farEnd.answer("1\t=\tok");
  expect(await call).toBe("ok");
});

test("a call that waited too long before it was sent is refused, and the others say how long they may wait", async () => {
  const scene = new Scene();
  await scene.link.open();
  const late = outcome(scene.link.call("readStatus\t[]"));
  scene.nowMs = 4_000;
  const call = outcome(scene.link.call("readBook\t[1]"));
  scene.nowMs = CALL_MS_MAX;
  await scene.turn();
  expect(await late).toBe("overloaded: the request waited too long; nothing happened");
  expect(scene.farEnd.frames).toEqual(["4000\n1\treadBook\t[1]"]);
  scene.farEnd.answer("1\t=\t{}");
  expect(await call).toBe("{}");
});

test("one call more than may wait is refused, until another is answered", async () => {
  const scene = new Scene();
  await scene.link.open();
  const calls = Array.from({ length: CALLS_MAX }, () => outcome(scene.link.call("readStatus\t[]")));
  expect(await outcome(scene.link.call("readStatus\t[]"))).toMatch(/^overloaded: too many calls/);
  await scene.turn();
  scene.farEnd.answer("1\t=\tok");
  expect(await calls[0]).toBe("ok");
  void outcome(scene.link.call("readStatus\t[]"));
  expect(scene.link.depth).toBe(CALLS_MAX);
});

test("frames are split, so that none is longer than its bound", async () => {
  const scene = new Scene();
  await scene.link.open();
  const line = "x".repeat(400_000);
  for (let count = 0; count < 5; count++) void outcome(scene.link.call(submitText(line, 1)));
  await scene.turn();
  expect(scene.farEnd.frames.map((frame) => frame.split("\n").length - 1)).toEqual([2, 2, 1]);
});

test("a closed link refuses calls, fails those that were sent, and does not come back", async () => {
  const scene = new Scene();
  await scene.link.open();
  const sent = outcome(scene.link.call("readStatus\t[]"));
  await scene.turn();
  scene.link.close();
  expect(await sent).toMatch(/^unknown/);
  expect(await outcome(scene.link.call("readStatus\t[]"))).toMatch(/^overloaded: this process/);
  await scene.endWaits();
  expect(scene.farEnds).toHaveLength(1);
  expect(logged).toEqual([]);
});

test("a far end with another version of the protocol is named in the log", async () => {
  const scene = new Scene();
  await scene.link.open();
  scene.failures = 1;
  scene.farEnd.end(4400);
  await scene.turn();
  expect(logged).toContain("link_version");
});
