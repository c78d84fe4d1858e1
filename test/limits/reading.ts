import { INSTRUMENT, MANY } from "./book-file.ts";
import { buys, crossed, steepBuys } from "./books.ts";
import type { Scenario } from "./scenario.ts";
import type { Scene } from "./scene.ts";

/** The number of connections that begin a channel at once. */
const SOCKETS = 5;
/** The number of times each read is done. */
const READS = 20;
const allOpen = (size: number) => ({ [`${MANY} open`]: size });

/** Everything that reads a book with very many orders. */
export const reading: readonly Scenario[] = [
  subscribed("orders", "&channels=orders"),
  subscribed("book", "&channels=book"),
  subscribed("the plain stream", ""),
  {
    name: "reads",
    neighbours: "trade",
    isSliced: false,
    book: () => buys(),
    orders: allOpen,
    run: (scene) =>
      scene.probing(() =>
        scene.timed(async () => {
          const paths = [
            `/public/orderbook?instrument=${INSTRUMENT}&levels=1000`,
            `/orders?client_id=${MANY}&status=open&instrument=${INSTRUMENT}&limit=1000`,
            `/public/status?instrument=${INSTRUMENT}`,
          ];
          for (let count = 0; count < READS; count++) for (const path of paths) await scene.get(path, 200);
        }),
      ),
  },
  {
    name: "status in an auction",
    neighbours: "rest",
    isSliced: false,
    book: () => crossed,
    orders: (size) => allOpen(2 * size),
    run: (scene) =>
      scene.probing(() =>
        scene.timed(async () => {
          for (let count = 0; count < READS; count++) {
            const { body } = await scene.get(`/public/status?instrument=${INSTRUMENT}`, 200);
            const quantity = Number(JSON.parse(body).indicative?.quantity);
            scene.check(quantity === scene.size, `the auction is expected to trade ${quantity}`);
          }
        }),
      ),
  },
  {
    name: "verify",
    neighbours: "trade",
    isSliced: false,
    book: () => buys(),
    orders: allOpen,
    run: (scene) =>
      scene.probing(() =>
        scene.timed(async () => {
          await scene.operate("verify");
        }),
      ),
  },
];

/** Connections that begin a channel at the same time, each with the whole book. */
function subscribed(name: string, query: string): Scenario {
  return {
    name: `subscribe to ${name}`,
    neighbours: "trade",
    isSliced: false,
    orders: allOpen,
    book: () => steepBuys,
    run: (scene) =>
      scene.probing(() =>
        scene.timed(async () => {
          await Promise.all(Array.from({ length: SOCKETS }, () => snapshot(scene, query)));
        }),
      ),
  };
}

/** Reads one whole snapshot, and compares its bids with the book. */
async function snapshot(scene: Scene, query: string): Promise<void> {
  let bids = 0;
  const done = Promise.withResolvers<void>();
  const socket = await scene.connect(query, (text) => {
    const message = JSON.parse(text);
    if (message.type !== "snapshot") return;
    bids += message.bids.length;
    if (message.part === message.parts) done.resolve();
  });
  socket.on("close", (code) => done.reject(new Error(`a subscriber is disconnected: ${code}`)));
  await done.promise;
  socket.terminate();
  scene.check(bids === scene.size, `a snapshot has ${bids} bids`);
}
