import { type Event, ordersNamed } from "../../engine/vocabulary/event.ts";
import { acceptedRecord, type OrderOwner, type OrderRecord, updateRecord } from "../records/order-record.ts";
import type { Journal } from "./journal.ts";
import type { OpenRecords } from "./open-records.ts";

/** The orders that one flush touches, each in its state after the events noted so far. */
export class FlushRecords {
  readonly #journal: Journal;
  readonly #created = new Map<number, OrderRecord>();
  readonly #changed = new Map<number, OrderRecord>();

  readonly #open: OpenRecords;

  /** @param open the records that earlier flushes wrote. */
  constructor(journal: Journal, open: OpenRecords) {
    this.#journal = journal;
    this.#open = open;
  }

  /** Every order that the flush has changed. */
  get all(): OrderRecord[] {
    return [...this.#created.values(), ...this.#changed.values()];
  }

  /** The current state of an order, touched or not. */
  find(orderNumber: number): Readonly<OrderRecord> | undefined {
    return this.#touched(orderNumber) ?? this.#untouched(orderNumber);
  }

  #touched(orderNumber: number): OrderRecord | undefined {
    return this.#created.get(orderNumber) ?? this.#changed.get(orderNumber);
  }

  #untouched(orderNumber: number): Readonly<OrderRecord> | undefined {
    return this.#open.get(orderNumber) ?? this.#journal.orders.read(orderNumber);
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
    for (const record of this.#created.values()) this.#written(record);
    for (const record of this.#changed.values()) this.#written(record);
    this.#journal.clients.writeUse();
    this.#journal.keys.write();
  }

  #written(record: OrderRecord): void {
    this.#open.keep(record);
    const { client, terms, updatedTimeMs } = record;
    const { clients } = this.#journal;
    clients.use(client, updatedTimeMs);
    if (terms?.groupNumber !== undefined) clients.use(terms.groupNumber, updatedTimeMs);
  }

  #touch(orderNumber: number): OrderRecord {
    const touched = this.#touched(orderNumber);
    if (touched !== undefined) return touched;
    const untouched = this.#untouched(orderNumber);
    if (untouched === undefined) throw new Error(`order ${orderNumber} has an event but is not stored`);
    // What earlier flushes have published does not change.
    const record = { ...untouched };
    this.#changed.set(orderNumber, record);
    return record;
  }
}
