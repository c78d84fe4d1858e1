import type { Book } from "./books.ts";
import type { ProberOptions } from "./probe-result.ts";
import type { Scene } from "./scene.ts";

/** One event that affects very many orders. */
export interface Scenario {
  readonly name: string;
  readonly book: (size: number) => Book;
  readonly neighbours: ProberOptions["neighbours"];
  /** Whether reads can observe it half done. */
  readonly isSliced: boolean;
  /** Runs the event while probing, and checks its answers. */
  readonly run: (scene: Scene) => Promise<void>;
  /** The number of orders that must be stored at the end, by client, status and cancel reason. */
  readonly orders: (size: number) => Readonly<Record<string, number>>;
}
