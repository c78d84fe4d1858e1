import { BATCH_EVENTS_MAX } from "../../durable-objects/instrument/flush/batch-answer.ts";
import { FILLS_MAX_DEFAULT } from "../../engine/vocabulary/unfinished.ts";
import { INSTRUMENT, MANY } from "./book-file.ts";
import { buys, NEIGHBOURS_TICKS } from "./books.ts";
import type { Scenario } from "./scenario.ts";
import type { Scene } from "./scene.ts";

const ENTRIES_MAX = 1_000;
const ANSWER_BYTES_MAX = 4_000_000;
/** Each entry that is started meets as many orders as it may. */
const BEGUN = Math.ceil(BATCH_EVENTS_MAX / (FILLS_MAX_DEFAULT + 1));

interface Result {
  readonly status: number;
  readonly body: { readonly status?: string; readonly trade_count?: number; readonly code?: string };
}

/** The largest possible batches, whose entries each do as much as they may. */
export const batches: readonly Scenario[] = [
  batch("a batch", {}),
  batch("a keyed batch", { idempotency_key: "batch" }),
];

function batch(name: string, key: object): Scenario {
  return {
    name,
    neighbours: "trade",
    isSliced: false,
    book: () => buys(),
    orders: (size) => {
      const filled = Math.min(BEGUN * FILLS_MAX_DEFAULT, size);
      return { [`${MANY} filled`]: filled, [`${MANY} open`]: size - filled };
    },
    run: (scene) =>
      scene.probing(() =>
        scene.timed(async () => {
          const takers = { side: "sell", type: "market", quantity: FILLS_MAX_DEFAULT };
          const taken = await send(scene, takers, key);
          const trades = taken.reduce((sum, { body }) => sum + (body.trade_count ?? 0), 0);
          const must = Math.min(BEGUN * FILLS_MAX_DEFAULT, scene.size);
          scene.check(trades === must, `${trades} trades are counted, and ${must} must be`);
          const notBegun = taken.filter(({ status, body }) => status === 503 && body.code === "overloaded");
          scene.check(notBegun.length === ENTRIES_MAX - BEGUN, `${notBegun.length} entries were not begun`);
          if ("idempotency_key" in key) {
            const again = await send(scene, takers, key);
            scene.check(JSON.stringify(again) === JSON.stringify(taken), "a repeat is answered otherwise");
          }
          // Above the prices of the neighbours.
          const rests = { side: "sell", type: "limit", price: NEIGHBOURS_TICKS + 1, quantity: 1 };
          const open = (await send(scene, rests, {})).filter(({ body }) => body.status === "open");
          scene.check(open.length === ENTRIES_MAX, `${open.length} orders of a batch rest`);
        }),
      ),
  };
}

async function send(scene: Scene, order: object, key: object): Promise<readonly Result[]> {
  const entries = Array.from({ length: ENTRIES_MAX }, () => ({ action: "place", ...order }));
  const request = { instrument: INSTRUMENT, client_id: "batcher", ...key, entries };
  const { body } = await scene.post("/orders/batch", request, 200);
  const bytes = Buffer.byteLength(body);
  scene.check(bytes <= ANSWER_BYTES_MAX, `a batch is answered with ${bytes} bytes`);
  const { results = [] } = JSON.parse(body);
  scene.check(results.length === ENTRIES_MAX, `${results.length} entries are answered`);
  return results;
}
