import { setTimeout as sleep } from "node:timers/promises";
import { INSTRUMENT, MANY } from "./book-file.ts";
import { buys, expiringBuys } from "./books.ts";
import type { Scenario } from "./scenario.ts";
import type { Scene } from "./scene.ts";

/**
 * The delay of the expiry after the writing of the book began, and the additional delay per order. A venue on a busy
 * machine must have started by then.
 */
const EXPIRY_MS = 15_000;
const EXPIRY_MS_PER_ORDER = 0.06;
const cancelled = (reason: string) => (size: number) => ({ [`${MANY} cancelled ${reason}`]: size });

function expiryOf(size: number): number {
  return Math.ceil(Date.now() + EXPIRY_MS + size * EXPIRY_MS_PER_ORDER);
}

/** All orders of a client end at once, in slices, with other commands between them. */
export const endings: readonly Scenario[] = [
  expiry("mass expiry", expiryOf, async (scene, atMs) => {
    await scene.probing(async () => {
      await sleep(Math.max(0, atMs - Date.now()));
      await scene.timed(() => scene.untilNoBids());
    });
  }),
  expiry("mass expiry, killed in the middle", Date.now, async (scene) => {
    await scene.untilSeenBetween();
    await scene.stop("SIGKILL");
    await scene.timed(async () => {
      await scene.start();
      await scene.probing(() => scene.untilNoBids());
    });
  }),
  {
    ...cancels("cancel-all"),
    run: (scene) =>
      scene.probing(() =>
        scene.timed(async () => {
          const path = "/orders/cancel-all";
          const { body } = await scene.post(path, { client_id: MANY, instrument: INSTRUMENT }, 200);
          const [result] = JSON.parse(body).results;
          scene.check(
            result.cancelled_count === scene.size,
            `${result.cancelled_count} are reported as cancelled`,
          );
          await scene.untilNoBids();
        }),
      ),
  },
  {
    ...cancels("cancel on disconnect"),
    run: (scene) =>
      scene.probing(async () => {
        const query = `&channels=executions&client_id=${MANY}&cancel_on_disconnect=true`;
        const socket = await scene.connect(query, () => {});
        await sleep(500);
        socket.terminate();
        await scene.timed(() => scene.untilNoBids());
      }),
  },
  {
    ...cancels("cancel-after"),
    run: (scene) =>
      scene.probing(async () => {
        const body = { client_id: MANY, instrument: INSTRUMENT, seconds: 1 };
        await scene.post("/orders/cancel-after", body, 200);
        await sleep(1_000);
        await scene.timed(() => scene.untilNoBids());
      }),
  },
];

/** The common part of scenarios in which a client's orders are all cancelled by their owner. */
function cancels(name: string): Omit<Scenario, "run"> {
  return { name, neighbours: "trade", isSliced: true, book: () => buys(), orders: cancelled("by_owner") };
}

/** @param when the time at which the orders of a book expire, from the start of its writing. */
function expiry(
  name: string,
  when: (size: number) => number,
  work: (scene: Scene, atMs: number) => Promise<void>,
): Scenario {
  let atMs = 0;
  return {
    name,
    neighbours: "trade",
    isSliced: true,
    orders: cancelled("expired"),
    book: (size) => {
      atMs = when(size);
      return expiringBuys(atMs);
    },
    run: (scene) => work(scene, atMs),
  };
}
