import { FILLS_MAX_DEFAULT } from "../../engine/vocabulary/unfinished.ts";
import { INSTRUMENT, MANY } from "./book-file.ts";
import { buys, crossed, iceberg, STOP_TICKS, stops } from "./books.ts";
import type { Scenario } from "./scenario.ts";
import type { Scene } from "./scene.ts";

/** The number of consecutive market orders, if each meets as many orders as it may. */
const SWEEPS = 20;
const TAKER = "taker";

/** One event causes very many trades. */
export const trading: readonly Scenario[] = [
  {
    name: "stop cascade",
    neighbours: "trade",
    isSliced: true,
    book: () => stops,
    orders: (size) => ({ [`${MANY} filled`]: size + 1 }),
    run: (scene) =>
      scene.probing(() =>
        scene.timed(async () => {
          await place(scene, {
            client_id: "other",
            side: "sell",
            type: "limit",
            price: STOP_TICKS,
            quantity: 1,
          });
          await place(scene, { side: "buy", type: "limit", price: STOP_TICKS, quantity: 1 });
          await scene.untilNoBids();
        }),
      ),
  },
  {
    // Orders wait until it is done; reads do not.
    name: "uncross",
    neighbours: "rest",
    isSliced: true,
    book: () => crossed,
    orders: (size) => ({ [`${MANY} filled`]: 2 * size }),
    run: (scene) =>
      scene.probing(() =>
        scene.timed(async () => {
          await scene.operate("trading-status", { status: "trading" });
          await scene.untilNoBids();
        }),
      ),
  },
  sweeps(
    "market orders",
    () => buys(),
    (size) => {
      const filled = Math.min(SWEEPS * FILLS_MAX_DEFAULT, size);
      return { [`${MANY} filled`]: filled, [`${MANY} open`]: size - filled };
    },
  ),
  sweeps(
    "market orders against an iceberg",
    () => iceberg,
    (size) =>
      size > SWEEPS * FILLS_MAX_DEFAULT ? { [`${MANY} partially_filled`]: 1 } : { [`${MANY} filled`]: 1 },
  ),
];

/** Market orders for the whole book, one after another. */
function sweeps(name: string, book: Scenario["book"], orders: Scenario["orders"]): Scenario {
  return {
    name,
    neighbours: "trade",
    isSliced: false,
    book,
    orders,
    run: (scene) =>
      scene.probing(() =>
        scene.timed(async () => {
          let left = scene.size;
          for (let count = 0; count < SWEEPS && left > 0; count++) {
            const order = { side: "sell", type: "market", quantity: scene.size + 1 };
            const { trade_count, trades, cancel_reason } = await place(scene, order);
            const trade = Math.min(FILLS_MAX_DEFAULT, left);
            const isRight = trade_count === trade && trades.length === trade;
            scene.check(isRight, `sweep ${count} made ${trade_count} trades and listed ${trades.length}`);
            left -= trade;
            const reason = left > 0 ? "too_many_fills" : "no_liquidity";
            scene.check(cancel_reason === reason, `sweep ${count} is cancelled for ${cancel_reason}`);
          }
        }),
      ),
  };
}

async function place(scene: Scene, order: object) {
  const { body } = await scene.post("/orders", { client_id: TAKER, instrument: INSTRUMENT, ...order }, 201);
  return JSON.parse(body);
}
