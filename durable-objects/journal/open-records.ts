import { isOpen, type OrderRecord } from "../records/order-record.ts";

/** The number of records in memory. Others are read from storage. */
const RECORDS_CACHED = 16_384;

/**
 * The records of open orders that flushes wrote last, so that an order which trades or ends soon is not read
 * back. It contains what storage contains. It must be dropped when a flush fails, or storage is rewritten.
 */
export class OpenRecords {
  readonly #records = new Map<number, OrderRecord>();
  readonly #maximum: number;

  constructor(maximum = RECORDS_CACHED) {
    this.#maximum = maximum;
  }

  /** The record of an order, which must not be changed. */
  get(orderNumber: number): Readonly<OrderRecord> | undefined {
    return this.#records.get(orderNumber);
  }

  /** Records what was written. The record must not be changed afterwards. The oldest make room. */
  keep(record: OrderRecord): void {
    const { orderNumber } = record;
    this.#records.delete(orderNumber);
    if (!isOpen(record)) return;
    this.#records.set(orderNumber, record);
    if (this.#records.size <= this.#maximum) return;
    const [oldest = 0] = this.#records.keys();
    this.#records.delete(oldest);
  }
}
