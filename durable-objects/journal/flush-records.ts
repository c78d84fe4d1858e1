import { type Event, ordersNamed } from "../../engine/vocabulary/event.ts";
import { acceptedRecord, type OrderOwner, type OrderRecord, updateRecord } from "../records/order-record.ts";
import type { Journal } from "./journal.ts";

/** The orders that one flush touches, each in its state after the events noted so far. */
export class FlushRecords {
  readonly #journal: Journal;
  readonly #created = new Map<number, OrderRecord>();
  readonly #changed = new Map<number, OrderRecord>();

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  /** Every order that the flush has changed. */
  get all(): OrderRecord[] {
    return [...this.#created.values(), ...this.#changed.values()];
  }

  /** The current state of an order, touched or not. */
  find(orderNumber: number): OrderRecord | undefined {
    return (
      this.#created.get(orderNumber) ??
      this.#changed.get(orderNumber) ??
      this.#journal.orders.read(orderNumber)
    );
  }

  /** Records an order that was accepted. */
  enter(event: Event & { kind: "accepted" }, owner: OrderOwner): OrderRecord {
    const record = acceptedRecord(event, owner);
    this.#created.set(record.orderNumber, record);
    return record;
  }

  /** Applies an event to every order that it names. */
  note(event: Event): void {
    for (const orderNumber of ordersNamed(event)) updateRecord(this.#touch(orderNumber), event);
  }

  write(): void {
    this.#journal.orders.insert([...this.#created.values()]);
    this.#journal.orders.update([...this.#changed.values()]);
    for (const record of this.#created.values()) this.#useClients(record);
    for (const record of this.#changed.values()) this.#useClients(record);
    this.#journal.clients.writeUse();
    this.#journal.keys.write();
  }

  #useClients({ client, terms, updatedTimeMs }: OrderRecord): void {
    const { clients } = this.#journal;
    clients.use(client, updatedTimeMs);
    if (terms?.groupNumber !== undefined) clients.use(terms.groupNumber, updatedTimeMs);
  }

  #touch(orderNumber: number): OrderRecord {
    const record = this.find(orderNumber);
    if (record === undefined) throw new Error(`order ${orderNumber} has an event but is not stored`);
    if (!this.#created.has(orderNumber)) this.#changed.set(orderNumber, record);
    return record;
  }
}
