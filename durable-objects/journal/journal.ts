import type { Event } from "../../engine/vocabulary/event.ts";
import { AnswerTable } from "../storage/answer-table.ts";
import { BookStateTable } from "../storage/book-state.ts";
import { ClientTable } from "../storage/client-table.ts";
import { decodeEvents, encodeEvents } from "../storage/event-codec.ts";
import { KeyCounts } from "../storage/key-counts.ts";
import { OrderTable } from "../storage/order-table.ts";
import { ReportTable } from "../storage/report-table.ts";
import { StatusNotes } from "../storage/status-notes.ts";
import { Base } from "./base.ts";

/**
 * An event takes about 30 bytes, and one of an order with many terms a few hundred, so a row stays below 1
 * MB.
 */
const EVENTS_PER_ROW = 500;

interface EventRow extends Record<string, SqlStorageValue> {
  first_sequence: number;
  last_sequence: number;
  time_ms: number;
  events: string;
}

/** A row with the quote after its flush; null if the flush did not change it, or has further rows. */
interface QuotedRow extends EventRow {
  quote: string | null;
}

/** The client and the group that an order names. */
interface NamedClients extends Record<string, SqlStorageValue> {
  order_number: number;
  client_number: number;
  group_number: number | null;
}

/**
 * The data of an instrument in its own SQLite: events, orders, idempotency keys. Every method is synchronous;
 * the caller opens the transaction.
 */
export class Journal {
  /** The state that the stored events follow. */
  readonly base: Base;
  readonly answers: AnswerTable;
  readonly clients: ClientTable;
  readonly keys: KeyCounts;
  readonly orders: OrderTable;
  readonly state: BookStateTable;
  readonly reports: ReportTable;
  readonly statusNotes: StatusNotes;
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.base = new Base(sql);
    this.keys = new KeyCounts(sql);
    this.clients = new ClientTable(sql, this.keys);
    this.answers = new AnswerTable(sql, this.clients, this.keys);
    this.orders = new OrderTable(sql);
    this.state = new BookStateTable(sql);
    this.reports = new ReportTable(sql);
    this.statusNotes = new StatusNotes(sql);
    this.#sql = sql;
  }

  /**
   * The epoch. It is read from storage each time, so that an instance that has lost its storage to a newer
   * one fails here, and does not answer from stale memory.
   */
  epoch(): number {
    return this.#sql.exec<{ value: number }>("SELECT value FROM meta WHERE name = 'epoch'").one().value;
  }

  /** The integer that represents a client in this instrument, assigned on first use. */
  clientNumber(clientId: string): number {
    return this.clients.number(clientId);
  }

  /**
   * The integer that represents a group of a client's orders. A client's name contains no space, so no group
   * has the number of a client.
   */
  groupNumber(clientId: string, name: string): number {
    return this.clientNumber(`${clientId} ${name}`);
  }

  /** The integer of a client that has one. */
  knownClient(clientId: string): number | undefined {
    return this.clients.known(clientId);
  }

  /** Drops the caches after storage was rewritten. */
  forget(): void {
    this.clients.forget();
    this.keys.forget();
    this.answers.forget();
    this.state.forget();
    this.reports.forget();
  }

  /**
   * Writes the events of one flush, which have one time and no gaps.
   * @param quote the quote after them, if they changed it.
   */
  appendEvents(events: readonly Event[], quote: string | null): void {
    for (let from = 0; from < events.length; from += EVENTS_PER_ROW) {
      const row = events.slice(from, from + EVENTS_PER_ROW);
      const first = row[0] as Event;
      this.#sql.exec(
        "INSERT INTO events (first_sequence, last_sequence, time_ms, trade_count, events, quote) VALUES (?, ?, ?, ?, ?, ?)",
        first.sequence,
        first.sequence + row.length - 1,
        first.timeMs,
        row.filter((event) => event.kind === "traded").length,
        encodeEvents(row),
        from + EVENTS_PER_ROW < events.length ? null : quote,
      );
    }
  }

  /** The events after a sequence, in order, at most `limit`. */
  eventsAfter(sequence: number, limit = Number.POSITIVE_INFINITY): Event[] {
    const events: Event[] = [];
    const rows = this.#sql.exec<EventRow>(
      `SELECT first_sequence, last_sequence, time_ms, events FROM events
       WHERE first_sequence >= (SELECT coalesce(max(first_sequence), 0) FROM events WHERE first_sequence <= ?)
       ORDER BY first_sequence`,
      sequence + 1,
    );
    for (const row of rows) {
      if (events.length >= limit) break;
      for (const event of decodeEvents(row.first_sequence, row.time_ms, row.events)) {
        if (event.sequence > sequence && events.length < limit) events.push(event);
      }
    }
    return events;
  }

  /** The rows after the one that ends with a sequence, in order. */
  rowsAfter(sequence: number): Iterable<QuotedRow> {
    const query = "SELECT * FROM events WHERE first_sequence > ? ORDER BY first_sequence";
    return this.#sql.exec<QuotedRow>(query, sequence);
  }

  /** The rows with trades that begin at or before a sequence, newest first. */
  rowsWithTrades(through: number): Iterable<EventRow> {
    return this.#sql.exec<EventRow>(
      "SELECT * FROM events WHERE trade_count > 0 AND first_sequence <= ? ORDER BY first_sequence DESC",
      through,
    );
  }

  /** The last trades, newest first, at most `limit`. */
  lastTrades(limit: number): (Event & { kind: "traded" })[] {
    const trades: (Event & { kind: "traded" })[] = [];
    for (const row of this.rowsWithTrades(Number.MAX_SAFE_INTEGER)) {
      if (trades.length >= limit) break;
      for (const event of decodeEvents(row.first_sequence, row.time_ms, row.events).reverse()) {
        if (event.kind === "traded" && trades.length < limit) trades.push(event);
      }
    }
    return trades;
  }

  /** Sequence and time of the last event; undefined before the first. */
  lastEvent(): { sequence: number; timeMs: number } | undefined {
    const row = this.#sql
      .exec<{ last_sequence: number; time_ms: number }>(
        "SELECT last_sequence, time_ms FROM events ORDER BY first_sequence DESC LIMIT 1",
      )
      .toArray()[0];
    return row && { sequence: row.last_sequence, timeMs: row.time_ms };
  }

  /**
   * The last sequence of the oldest rows to take: at least `atLeast` events if there are so many, and none
   * beyond a sequence. Undefined if there is no such row.
   */
  rowEnd(notBeyond: number, atLeast: number): number | undefined {
    const query =
      "SELECT first_sequence, last_sequence FROM events WHERE first_sequence <= ? ORDER BY first_sequence";
    let count = 0;
    let end: number | undefined;
    for (const row of this.#sql.exec<{ first_sequence: number; last_sequence: number }>(query, notBeyond)) {
      if (row.last_sequence > notBeyond || count >= atLeast) break;
      count += row.last_sequence - row.first_sequence + 1;
      end = row.last_sequence;
    }
    return end;
  }

  deleteEventsThrough(sequence: number): void {
    this.#sql.exec("DELETE FROM events WHERE last_sequence <= ? AND first_sequence <= ?", sequence, sequence);
  }

  /**
   * The last of the `limit` orders after a number, among those accepted before a time; undefined if there is
   * none.
   */
  lastOrderBefore(timeMs: number, afterNumber: number, limit: number): number | undefined {
    const query = `SELECT max(order_number) AS last FROM
      (SELECT order_number, time_ms FROM order_columns WHERE order_number > ? ORDER BY order_number LIMIT ?) WHERE time_ms < ?`;
    return this.#sql.exec<{ last: number | null }>(query, afterNumber, limit, timeMs).one().last ?? undefined;
  }

  /**
   * Deletes the orders in a range of numbers that ended before a time and before the base. @returns the
   * number deleted.
   */
  deleteEndedOrders(afterNumber: number, throughNumber: number, timeMs: number): number {
    const query = `DELETE FROM orders WHERE order_number IN (SELECT order_number FROM order_columns
        WHERE order_number > ? AND order_number <= ? AND updated_time_ms < ? AND status IN ('filled', 'cancelled')
          AND updated_sequence <= coalesce((SELECT sequence FROM base), 0))
      RETURNING order_number`;
    return this.#sql.exec(query, afterNumber, throughNumber, timeMs).toArray().length;
  }

  /** The clients of the next orders after a number, at most `limit` orders. */
  clientsNamed(afterNumber: number, limit: number): NamedClients[] {
    const query = `SELECT order_number, client_number, extras->>'$.terms.groupNumber' AS group_number
      FROM order_columns WHERE order_number > ? ORDER BY order_number LIMIT ?`;
    return this.#sql.exec<NamedClients>(query, afterNumber, limit).toArray();
  }
}
