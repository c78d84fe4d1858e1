import { expect, test } from "vitest";
import { SharedBeginning } from "../../../durable-objects/feed/shared-beginning.ts";
import { CopyMemory } from "../../../engine/book/copy-memory.ts";
import { eventually, HOST_CLOCK, textsOf } from "./feed-client.ts";

test("the snapshot of a large book has memory for its copy touched in turns, before one turn copies the book", async () => {
  const memory = new CopyMemory(20_000_000);
  const touched: number[] = [];
  const touch = memory.touch.bind(memory);
  memory.touch = (byteLength) => {
    touched.push(byteLength);
    touch(byteLength);
  };
  let [made, ready, copies, turns] = [0, 0, 0, 0];
  const beginning = new SharedBeginning({ clock: HOST_CLOCK, onReady: () => void ready++ });
  const take = () =>
    beginning.take(
      () => 3_000,
      (given) => {
        expect(given).toBe(memory);
        expect(given?.isTouched).toBe(true);
        copies++;
        return { head: { type: "snapshot" }, lists: [{ name: "bids", texts: () => ["1", "2"] }] };
      },
      () => {
        made++;
        return memory;
      },
    );
  for (; ready === 0; turns++) {
    const before = touched.length;
    expect(take()).toBeUndefined();
    await scheduler.wait(0);
    expect(touched.length - before, "in one turn").toBeLessThanOrEqual(2);
  }
  expect({ made, copies }).toEqual({ made: 1, copies: 0 });
  expect(touched.every((byteLength) => byteLength <= 4 * 1024 * 1024)).toBe(true);
  expect(turns).toBeGreaterThan(3);
  expect(take(), "the snapshot is being made").toBeUndefined();
  await eventually(() => ready === 2);
  expect(textsOf(take())).toEqual(['{"type":"snapshot","bids":[1,2]}']);
  expect({ made, copies }).toEqual({ made: 1, copies: 1 });
});
