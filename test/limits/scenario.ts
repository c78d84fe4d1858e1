import type { Book } from "./books.ts";
import type { ProberOptions } from "./probe-result.ts";
import type { Scene } from "./scene.ts";

/** One thing that affects very many orders. */
export interface Scenario {
  readonly name: string;
  readonly book: (size: number) => Book;
  readonly neighbours: ProberOptions["neighbours"];
  /** Whether reads find it half done. */
  readonly isSliced: boolean;
  /** Does it while it probes, and checks what it is answered. */
  readonly run: (scene: Scene) => Promise<void>;
  /** How many orders of a client must be stored at the end, by client, status and why they were cancelled. */
  readonly orders: (size: number) => Readonly<Record<string, number>>;
}
