import type { EdgeReadings } from "../../durable-objects/calls/readings.ts";
import type { FromEdge, ToEdge } from "./edge-settings.ts";

/** Asks the supervisor for the readings of all edges, and receives them. */
export class ReadingsAsked {
  readonly #waiting = new Map<number, (readings: EdgeReadings) => void>();
  readonly #send: (message: FromEdge) => void;
  #asks = 0;

  constructor(send: (message: FromEdge) => void) {
    this.#send = send;
  }

  readonly ask = (): Promise<EdgeReadings> =>
    new Promise((resolve) => {
      const ask = ++this.#asks;
      this.#waiting.set(ask, resolve);
      this.#send({ kind: "ask", ask });
    });

  receive({ ask, readings }: ToEdge & { kind: "readings" }): void {
    // A message cannot hold `undefined` in a list.
    this.#waiting.get(ask)?.(readings.map((reading) => reading ?? undefined));
    this.#waiting.delete(ask);
  }
}
