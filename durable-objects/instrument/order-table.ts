import { ORDER_TYPES, SELF_TRADE_MODES } from "../../engine/terms.ts";
import type { OrderRecord } from "./order-record.ts";
import { extrasText, type OrderRow, orderRecordOf } from "./order-row.ts";

/** From so many orders on, one statement for all is quicker than one for each. */
const BULK_FROM = 16;

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
    if (orders.length >= BULK_FROM) {
      const rows = orders.map(columnsOf);
      this.#sql.exec(`INSERT INTO orders (${COLUMNS.join(", ")}) ${EACH_ROW}`, JSON.stringify(rows));
      return;
    }
    const marks = COLUMNS.map(() => "?").join(", ");
    for (const order of orders) {
      this.#sql.exec(`INSERT INTO orders (${COLUMNS.join(", ")}) VALUES (${marks})`, ...columnsOf(order));
    }
  }

  /** Writes what can change of orders. */
  update(orders: readonly OrderRecord[]): void {
    // A plain order keeps its price, its quantity and its place.
    const plain: Changes[] = [];
    const others: Changes[] = [];
    for (const order of orders) {
      const extras = extrasText(order);
      const changes = plainChangesOf(order);
      if (extras === null) plain.push(changes);
      else others.push([...changes, order.priceTicks, order.quantityLots, order.priority, extras]);
    }
    this.#update(PLAIN_CHANGES, plain);
    this.#update(CHANGES, others);
  }

  #update(columns: readonly string[], rows: readonly Changes[]): void {
    if (rows.length >= BULK_FROM) {
      const values = columns.map((column, index) => `${column} = value->>${index + 1}`);
      this.#sql.exec(
        `UPDATE orders SET ${values.join(", ")} FROM json_each(?) WHERE order_number = value->>0`,
        JSON.stringify(rows),
      );
      return;
    }
    const query = `UPDATE orders SET ${columns.map((column) => `${column} = ?`).join(", ")} WHERE order_number = ?`;
    for (const [orderNumber = null, ...values] of rows) this.#sql.exec(query, ...values, orderNumber);
  }
}

/** An order's number, then what its columns are to hold. */
type Changes = readonly (string | number | null)[];

const PLAIN_CHANGES = [
  ...["filled_lots", "filled_notional", "status", "cancel_reason", "updated_sequence", "updated_time_ms"],
] as const;
const CHANGES = [...PLAIN_CHANGES, "price_ticks", "quantity_lots", "priority", "extras"] as const;

function plainChangesOf(order: OrderRecord): Changes {
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

const EACH_ROW = `SELECT ${COLUMNS.map((_, index) => `value->>${index}`).join(", ")} FROM json_each(?)`;

function columnsOf(order: OrderRecord): (string | number | null)[] {
  return [
    ...[order.orderNumber, order.timeMs, order.client, order.idempotencyKey, order.clientOrderId],
    ...[order.side, ORDER_TYPES.indexOf(order.type), SELF_TRADE_MODES.indexOf(order.selfTrade)],
    ...[order.priceTicks, order.quantityLots, order.filledLots, order.filledNotional.toString()],
    ...[order.status, order.cancelReason, order.priority, extrasText(order)],
    ...[order.updatedSequence, order.updatedTimeMs],
  ];
}
