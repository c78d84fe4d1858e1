import type { MassCancel } from "../vocabulary/unfinished.ts";
import type { Side } from "../vocabulary/units.ts";
import type { ClientIndex } from "./client-index.ts";

/** Orders are found in batches of this size, since finding them may mean a scan of all orders. */
const FOUND_AT_ONCE = 10_000;

/** The unfinished cancels of all orders of a client, in the order of their commands. */
export class MassCancels {
  readonly #clients: ClientIndex;
  #list: readonly MassCancel[] = [];
  /** The next orders of the first mass cancel, oldest first, and how many of them were processed. */
  #orderNumbers: ArrayLike<number> = [];
  #seen = 0;
  #last = 0;

  constructor(clients: ClientIndex) {
    this.#clients = clients;
  }

  get list(): readonly MassCancel[] {
    return this.#list;
  }
  set list(list: readonly MassCancel[]) {
    this.#list = list;
    this.#orderNumbers = [];
    this.#seen = 0;
    this.#last = 0;
  }

  add(massCancel: MassCancel): void {
    this.#list = [...this.#list, massCancel];
  }

  /** Whether one of the mass cancels ends an order. */
  covers(client: number, side: Side, orderNumber: number): boolean {
    return this.#list.some((massCancel) => isCovered(massCancel, client, side, orderNumber));
  }

  /**
   * The next order number of the first mass cancel, oldest first; undefined once it is done. The order may
   * have ended already.
   */
  next(): number | undefined {
    const [first] = this.#list;
    if (first === undefined) return undefined;
    if (this.#seen === this.#orderNumbers.length) {
      this.#orderNumbers = this.#clients.oldest(first.client, FOUND_AT_ONCE, this.#last);
      this.#seen = 0;
    }
    const orderNumber = this.#orderNumbers[this.#seen++];
    if (orderNumber === undefined || orderNumber > first.throughNumber) return undefined;
    this.#last = orderNumber;
    return orderNumber;
  }

  /** Removes the first mass cancel, which is done. */
  shift(): void {
    this.list = this.#list.slice(1);
  }
}

/** Whether a mass cancel ends an order of a client. */
export function isCovered(
  { client: ofClient, side: ofSide, throughNumber }: MassCancel,
  client: number,
  side: Side,
  orderNumber: number,
): boolean {
  return client === ofClient && side === (ofSide ?? side) && orderNumber <= throughNumber;
}
