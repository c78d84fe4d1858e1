import {
  abortAllDurableObjects,
  evictDurableObject,
  listDurableObjectIds,
  reset,
  runInDurableObject,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { Random } from "../../support/random.ts";
import { object } from "../flow.ts";
import { TermsFlow } from "../terms-flow.ts";
import { eventually, type Spoiling } from "./feed-client.ts";
import { expectGapless, expectSame, Follower, INSTRUMENT, settle } from "./feed-follower.ts";

beforeEach(reset);

describe.each([31, 32, 33, 34])("in a market of every kind of order, seed %i", (seed) => {
  test("clients have the venue's state, whatever happens to messages and to the object", async () => {
    const random = new Random(seed);
    const fates = new Random(seed + 2);
    const flow = new TermsFlow(random, INSTRUMENT, Date.now());
    const newSpoiling = (of: number): Spoiling => {
      return { random: new Random(of), dropped: 0, repeated: 0, delayed: 0 };
    };
    const spoilings = [newSpoiling(seed + 1), newSpoiling(seed + 3)] as const;
    const followers = [new Follower(), new Follower(spoilings[0])];
    followers.push(new Follower(undefined, true), new Follower(spoilings[1], true));
    await eventually(() => followers[0]?.isReady === true);
    const ends = { hibernate: 0, close: 0, abort: 0, relays: 0 };
    for (let step = 0; step < 60; step++) {
      await flow.step();
      if (step === 30) followers.push(new Follower(), new Follower(undefined, true));
      // What happens to messages depends on timing; what happens to the object does not.
      if (!fates.chance(0.2)) continue;
      const end = fates.pick(["hibernate", "close", "abort", "relays"] as const);
      ends[end]++;
      if (end === "abort") await abortAllDurableObjects();
      else if (end === "relays") await abortRelays();
      else await evictDurableObject(object(INSTRUMENT), { webSockets: end });
      if (end !== "hibernate") await scheduler.wait(300);
    }
    for (const { edge } of followers) edge.heal();
    await settle(flow, followers);
    for (const [index, follower] of followers.entries())
      await expectSame(follower, `seed ${seed}, follower ${index}`);
    for (const { dropped, repeated, delayed } of spoilings)
      expect(dropped * repeated * delayed, "all of it happened").toBeGreaterThan(0);
    expect(ends.hibernate + ends.close + ends.abort + ends.relays).toBeGreaterThan(3);
    expect(followers[1]?.gaps, "gaps were seen").toBeGreaterThan(0);
    for (const follower of followers) {
      expectGapless(follower);
      follower.edge.close();
    }
  });
});

/** Aborts every relay of both levels, and with it its connections. */
async function abortRelays(): Promise<void> {
  const ids = await listDurableObjectIds(env.RELAY);
  expect(ids.length, "there are relays").toBeGreaterThan(1);
  for (const id of ids) {
    const aborted = runInDurableObject(env.RELAY.get(id), (_, state) => state.abort("for the test"));
    await expect(aborted).rejects.toThrow("for the test");
  }
}
