import { ORDER_TYPES, SELF_TRADE_MODES } from "../../engine/terms.ts";
import type { OrderRecord } from "./order-record.ts";
import { extrasText, type OrderRow, orderRecordOf } from "./order-row.ts";

/**
 * How many values one statement may be given; the platform's limit. A row takes less time so than in a
 * statement of its own, or in a JSON text of all rows, of which each column is sought from the front.
 */
const VALUES_MAX = 100;

/** Statuses of orders that work or may come to. */
const OPEN = "('waiting', 'open', 'partially_filled')";

/** The orders in an instrument's own SQLite. Every method is synchronous; the caller opens the transaction. */
export class OrderTable {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The order of a number. */
  read(orderNumber: number): OrderRecord | undefined {
    const row = this.#sql
      .exec<OrderRow>(
        "SELECT * FROM orders JOIN clients USING (client_number) WHERE order_number = ?",
        orderNumber,
      )
      .toArray()[0];
    return row && orderRecordOf(row);
  }

  /** The newest order that a client has given a name. */
  byClientOrderId(client: number, clientOrderId: string): OrderRecord | undefined {
    const row = this.#sql
      .exec<OrderRow>(
        `SELECT * FROM orders JOIN clients USING (client_number)
         WHERE client_number = ? AND client_order_id = ? ORDER BY order_number DESC LIMIT 1`,
        client,
        clientOrderId,
      )
      .toArray()[0];
    return row && orderRecordOf(row);
  }

  /** Every open order: at each level in priority order, the waiting ones anywhere. */
  open(): Iterable<OrderRow> {
    return this.#sql.exec<OrderRow>(
      `SELECT *, '' AS client_id FROM orders WHERE status IN ${OPEN} ORDER BY priority`,
    );
  }

  isOpen(orderNumber: number): boolean {
    const query = `SELECT 1 FROM orders WHERE order_number = ? AND status IN ${OPEN}`;
    return this.#sql.exec(query, orderNumber).toArray().length > 0;
  }

  insert(orders: readonly OrderRecord[]): void {
    INSERT.run(this.#sql, orders.map(columnsOf));
  }

  /** Writes what can change of orders. */
  update(orders: readonly OrderRecord[]): void {
    // A plain order keeps its price, its quantity and its place.
    const plain: Values[] = [];
    const others: Values[] = [];
    for (const order of orders) {
      const extras = extrasText(order);
      const changes = plainChangesOf(order);
      if (extras === null) plain.push(changes);
      else others.push([...changes, order.priceTicks, order.quantityLots, order.priority, extras]);
    }
    UPDATE_PLAIN.run(this.#sql, plain);
    UPDATE.run(this.#sql, others);
  }
}

/** An order's number, then what its columns are to hold. */
type Values = readonly (string | number | null)[];

const PLAIN_CHANGES = [
  ...["filled_lots", "filled_notional", "status", "cancel_reason", "updated_sequence", "updated_time_ms"],
] as const;
const CHANGES = [...PLAIN_CHANGES, "price_ticks", "quantity_lots", "priority", "extras"] as const;

function plainChangesOf(order: OrderRecord): Values {
  return [
    ...[order.orderNumber, order.filledLots, order.filledNotional.toString(), order.status],
    ...[order.cancelReason, order.updatedSequence, order.updatedTimeMs],
  ];
}

const COLUMNS = [
  ...["order_number", "time_ms", "client_number", "idempotency_key", "client_order_id", "side", "type"],
  ...["self_trade", "price_ticks", "quantity_lots", "filled_lots", "filled_notional", "status"],
  ...["cancel_reason", "priority", "extras", "updated_sequence", "updated_time_ms"],
];

function columnsOf(order: OrderRecord): (string | number | null)[] {
  return [
    ...[order.orderNumber, order.timeMs, order.client, order.idempotencyKey, order.clientOrderId],
    ...[order.side, ORDER_TYPES.indexOf(order.type), SELF_TRADE_MODES.indexOf(order.selfTrade)],
    ...[order.priceTicks, order.quantityLots, order.filledLots, order.filledNotional.toString()],
    ...[order.status, order.cancelReason, order.priority, extrasText(order)],
    ...[order.updatedSequence, order.updatedTimeMs],
  ];
}

/** A statement over rows of values, as many at a time as it may be given. */
class RowsStatement {
  readonly #rowsMax: number;
  readonly #one: string;
  readonly #many: string;

  /** @param write makes it from a `VALUES` clause. */
  constructor(valuesARow: number, write: (values: string) => string) {
    this.#rowsMax = Math.floor(VALUES_MAX / valuesARow);
    const row = `(${Array(valuesARow).fill("?").join(", ")})`;
    this.#one = write(`VALUES ${row}`);
    this.#many = write(`VALUES ${Array(this.#rowsMax).fill(row).join(", ")}`);
  }

  run(sql: SqlStorage, rows: readonly Values[]): void {
    const manyEnd = rows.length - (rows.length % this.#rowsMax);
    for (let from = 0; from < manyEnd; from += this.#rowsMax)
      sql.exec(this.#many, ...rows.slice(from, from + this.#rowsMax).flat());
    for (const row of rows.slice(manyEnd)) sql.exec(this.#one, ...row);
  }
}

const INSERT = new RowsStatement(
  COLUMNS.length,
  (values) => `INSERT INTO orders (${COLUMNS.join(", ")}) ${values}`,
);
const UPDATE_PLAIN = updateOf(PLAIN_CHANGES);
const UPDATE = updateOf(CHANGES);

function updateOf(columns: readonly string[]): RowsStatement {
  const changes = columns.map((column, index) => `${column} = changed.column${index + 2}`).join(", ");
  return new RowsStatement(
    columns.length + 1,
    (values) =>
      `UPDATE orders SET ${changes} FROM (${values}) AS changed WHERE order_number = changed.column1`,
  );
}
