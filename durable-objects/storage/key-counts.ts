import { jsonChunks } from "../runtime/json-chunks.ts";

const HOUR_MS = 60 * 60 * 1000;
const WINDOW_HOURS = 24;

/** The number of clients whose counts are cached in memory. Others are read from storage. */
const CLIENTS_CACHED = 10_000;

/** The keys of one client per hour, counted from the Unix epoch, oldest first. */
interface Counts {
  readonly hours: [hour: number, count: number][];
  total: number;
}

/**
 * The idempotency keys and client order ids that each client has used in the window, by the hour. A key
 * counts until its hour has left the window. Every method is synchronous; the caller opens the transaction.
 */
export class KeyCounts {
  readonly #sql: SqlStorage;
  readonly #cached = new Map<number, Counts>();
  readonly #changed = new Set<number>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The number of keys of a client that count at a time. */
  count(client: number, timeMs: number): number {
    return this.#current(client, timeMs).total;
  }

  /** Counts keys of a client. A negative number takes back keys counted at the same time. */
  add(client: number, timeMs: number, keys: number): void {
    const counts = this.#current(client, timeMs);
    const hour = Math.floor(timeMs / HOUR_MS);
    const last = counts.hours.at(-1);
    if (last?.[0] === hour) last[1] += keys;
    else counts.hours.push([hour, keys]);
    counts.total += keys;
    this.#cached.set(client, counts);
    this.#changed.add(client);
  }

  /** Writes what was counted since the last write. */
  write(): void {
    if (this.#changed.size === 0) return;
    const rows = Array.from(this.#changed, (client) => [client, this.#text(client)] as const);
    const [only] = rows;
    if (only !== undefined && rows.length === 1) {
      const [client, text] = only;
      this.#sql.exec("UPDATE clients SET key_counts = ? WHERE client_number = ?", text, client);
    } else {
      const update =
        "UPDATE clients SET key_counts = value->>1 FROM json_each(?) WHERE client_number = value->>0";
      for (const chunk of jsonChunks(rows)) this.#sql.exec(update, chunk);
    }
    this.#changed.clear();
    if (this.#cached.size > CLIENTS_CACHED) this.#cached.clear();
  }

  #text(client: number): string {
    return JSON.stringify(this.#cached.get(client)?.hours ?? []);
  }

  /** Drops the caches after storage was rewritten, or after client numbers were reassigned. */
  forget(): void {
    this.#cached.clear();
  }

  /** The counts without the hours that have left the window. */
  #current(client: number, timeMs: number): Counts {
    const counts = this.#cached.get(client) ?? this.#stored(client);
    const firstHour = Math.floor(timeMs / HOUR_MS) - WINDOW_HOURS;
    for (let [first] = counts.hours; first !== undefined && first[0] < firstHour; [first] = counts.hours) {
      counts.total -= first[1];
      counts.hours.shift();
    }
    return counts;
  }

  #stored(client: number): Counts {
    const query = "SELECT key_counts FROM clients WHERE client_number = ?";
    const text = this.#sql.exec<{ key_counts: string | null }>(query, client).toArray()[0]?.key_counts;
    const hours: [number, number][] = text ? JSON.parse(text) : [];
    return { hours, total: hours.reduce((sum, [, count]) => sum + count, 0) };
  }
}
