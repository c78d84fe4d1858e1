import type { MassCancel } from "../vocabulary/unfinished.ts";
import type { Side } from "../vocabulary/units.ts";
import type { ClientIndex } from "./client-index.ts";

/** So many orders are found at once: finding them may mean looking at all. */
const FOUND_AT_ONCE = 10_000;

/** The cancels of all orders of a client that are not done yet, in the order in which they were asked for. */
export class MassCancels {
  readonly #clients: ClientIndex;
  #list: readonly MassCancel[] = [];
  /** The next orders of the first one, oldest first, and how many of them have been looked at. */
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

  /** Whether an order is to be ended by one of them. */
  covers(client: number, side: Side, orderNumber: number): boolean {
    return this.#list.some((massCancel) => isCovered(massCancel, client, side, orderNumber));
  }

  /** The next order number to end, oldest first, which may have ended already; undefined where the first one is done. */
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

  /** The first one is done. */
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
