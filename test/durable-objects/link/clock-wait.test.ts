import { runInDurableObject } from "cloudflare:test";
import { afterEach, expect, test, vi } from "vitest";
import { Clock } from "../../../durable-objects/runtime/clock.ts";
import { object } from "../flow.ts";

afterEach(() => vi.restoreAllMocks());

test("a wait ends when somebody finds that the host's clock was set back", async () => {
  await runInDurableObject(object(), async (_, state) => {
    const clock = new Clock(state);
    const waiting = [clock.wait(600_000), clock.letOthersIn()];
    vi.spyOn(clock, "wallMs").mockReturnValue(Date.now() - 60_000);
    clock.nowMs();
    await expect(Promise.all(waiting)).resolves.toEqual([undefined, undefined]);
  });
});

test("a wait takes its time as long as the clock is not set", async () => {
  await runInDurableObject(object(), async (_, state) => {
    const clock = new Clock(state);
    const startMs = Date.now();
    const waiting = clock.wait(100);
    clock.nowMs();
    await waiting;
    expect(Date.now() - startMs).toBeGreaterThanOrEqual(99);
  });
});
