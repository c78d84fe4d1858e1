import type { OrderRecord } from "../records/order-record.ts";
import { jsonChunks } from "../runtime/json-chunks.ts";
import { clientOrderOf, orderRecordOf, orderRowOf } from "./order-row.ts";

interface NamedRow extends Record<string, SqlStorageValue> {
  order_number: number;
  client_id: string;
  record: string;
}

/**
 * The orders in an instrument's own SQLite. A row is written from few values, since each value passed to
 * SQLite costs more than its bytes. Every method is synchronous; the caller opens the transaction.
 */
export class OrderTable {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The order with a number. */
  read(orderNumber: number): OrderRecord | undefined {
    return this.#find("order_number = ?", orderNumber);
  }

  /** The orders of some numbers, in the order of the numbers. @throws if one is not stored. */
  readAll(orderNumbers: Iterable<number>): OrderRecord[] {
    const numbers = Array.from(orderNumbers);
    const records = this.readStored(numbers);
    return numbers.map((orderNumber) => {
      const record = records.get(orderNumber);
      if (record === undefined) throw new Error(`order ${orderNumber} is not stored`);
      return record;
    });
  }

  /** Those orders of some numbers that are stored, by number. */
  readStored(orderNumbers: Iterable<number>): Map<number, OrderRecord> {
    const records = new Map<number, OrderRecord>();
    for (const chunk of jsonChunks(orderNumbers)) {
      const rows = this.#sql.exec<NamedRow>(
        `SELECT order_number, client_id, record FROM json_each(?)
         JOIN orders ON order_number = value JOIN clients ON client_number = record->>1`,
        chunk,
      );
      for (const { order_number, client_id, record } of rows)
        records.set(order_number, orderRecordOf(order_number, client_id, record));
    }
    return records;
  }

  /** The newest order of a client with a client order id. */
  byClientOrderId(client: number, clientOrderId: string): OrderRecord | undefined {
    return this.#find(
      "client_order = ? ORDER BY order_number DESC LIMIT 1",
      clientOrderOf(client, clientOrderId),
    );
  }

  /**
   * Every open order, without its client's name: at each level in priority order, waiting orders anywhere.
   */
  *open(): Generator<OrderRecord> {
    const rows = this.#sql.exec<NamedRow>(
      "SELECT order_number, record FROM orders WHERE open_priority IS NOT NULL ORDER BY open_priority",
    );
    for (const { order_number, record } of rows) yield orderRecordOf(order_number, "", record);
  }

  isOpen(orderNumber: number): boolean {
    const query = "SELECT 1 FROM orders WHERE order_number = ? AND open_priority IS NOT NULL";
    return this.#sql.exec(query, orderNumber).toArray().length > 0;
  }

  /** The next stored orders after a number, in the order of their numbers. */
  after(orderNumber: number, limit: number): OrderRecord[] {
    const rows = this.#sql.exec<NamedRow>(
      `SELECT order_number, client_id, record FROM orders JOIN clients ON client_number = record->>1
       WHERE order_number > ? ORDER BY order_number LIMIT ?`,
      orderNumber,
      limit,
    );
    return Array.from(rows, (row) => orderRecordOf(row.order_number, row.client_id, row.record));
  }

  insert(orders: readonly OrderRecord[]): void {
    const [only] = orders;
    if (only !== undefined && orders.length === 1) {
      // Taking JSON apart costs more than four values.
      const [orderNumber, openPriority, clientOrder, record] = orderRowOf(only);
      const insert =
        "INSERT INTO orders (order_number, open_priority, client_order, record) VALUES (?, ?, ?, ?)";
      this.#sql.exec(insert, orderNumber, openPriority, clientOrder, record);
      return;
    }
    for (const rows of jsonChunks(orders.map(orderRowOf)))
      this.#sql.exec(
        `INSERT INTO orders (order_number, open_priority, client_order, record)
         SELECT value->>0, value->>1, value->>2, value->>3 FROM json_each(?)`,
        rows,
      );
  }

  /** Writes changed orders. */
  update(orders: readonly OrderRecord[]): void {
    const [only] = orders;
    if (only !== undefined && orders.length === 1) {
      const [orderNumber, openPriority, , record] = orderRowOf(only);
      const update = "UPDATE orders SET open_priority = ?, record = ? WHERE order_number = ?";
      this.#sql.exec(update, openPriority, record, orderNumber);
      return;
    }
    for (const rows of jsonChunks(orders.map(orderRowOf)))
      this.#sql.exec(
        `UPDATE orders SET open_priority = value->>1, record = value->>3
         FROM json_each(?) WHERE order_number = value->>0`,
        rows,
      );
  }

  #find(condition: string, value: number | string): OrderRecord | undefined {
    const query = `SELECT order_number, client_id, record
      FROM orders JOIN clients ON client_number = record->>1 WHERE ${condition}`;
    const row = this.#sql.exec<NamedRow>(query, value).toArray()[0];
    return row && orderRecordOf(row.order_number, row.client_id, row.record);
  }
}
