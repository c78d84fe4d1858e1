import { jsonChunks } from "../runtime/json-chunks.ts";
import { jsonText } from "./json-text.ts";

/** The sums of one client's trades: quantities in lots, notionals in ticks × lots. */
export interface ClientSums {
  makerTrades: number;
  makerLots: bigint;
  makerNotional: bigint;
  takerTrades: number;
  takerLots: bigint;
  takerNotional: bigint;
  buyTrades: number;
  buyLots: bigint;
  buyNotional: bigint;
  sellTrades: number;
  sellLots: bigint;
  sellNotional: bigint;
}

function noSums(): ClientSums {
  return {
    makerTrades: 0,
    makerLots: 0n,
    makerNotional: 0n,
    takerTrades: 0,
    takerLots: 0n,
    takerNotional: 0n,
    buyTrades: 0,
    buyLots: 0n,
    buyNotional: 0n,
    sellTrades: 0,
    sellLots: 0n,
    sellNotional: 0n,
  };
}

/** The number of clients whose sums are cached in memory. The sums of others are read from storage. */
const CLIENTS_CACHED = 10_000;

/**
 * The sums of every client that has traded. Every method is synchronous; the caller opens the transaction.
 */
export class ClientStatistics {
  readonly #sql: SqlStorage;
  readonly #cached = new Map<number, ClientSums>();
  readonly #changed = new Set<number>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Adds one side of a trade. */
  add(client: number, isMaker: boolean, isBuy: boolean, priceTicks: number, quantityLots: number): void {
    const sums = this.read(client);
    const lots = BigInt(quantityLots);
    const notional = BigInt(priceTicks) * lots;
    if (isMaker) {
      sums.makerTrades++;
      sums.makerLots += lots;
      sums.makerNotional += notional;
    } else {
      sums.takerTrades++;
      sums.takerLots += lots;
      sums.takerNotional += notional;
    }
    if (isBuy) {
      sums.buyTrades++;
      sums.buyLots += lots;
      sums.buyNotional += notional;
    } else {
      sums.sellTrades++;
      sums.sellLots += lots;
      sums.sellNotional += notional;
    }
    this.#cached.set(client, sums);
    this.#changed.add(client);
  }

  read(client: number): ClientSums {
    return this.#cached.get(client) ?? this.#stored(client) ?? noSums();
  }

  write(): void {
    if (this.#changed.size === 0) return;
    const rows = Array.from(this.#changed, (client) => [client, jsonText(this.read(client))]);
    for (const chunk of jsonChunks(rows))
      this.#sql.exec(
        "INSERT OR REPLACE INTO client_statistics SELECT value->>0, value->>1 FROM json_each(?)",
        chunk,
      );
    this.#changed.clear();
    if (this.#cached.size > CLIENTS_CACHED) this.#cached.clear();
  }

  /** Drops the cache after storage was rewritten, with sums that are not written. */
  forget(): void {
    this.#cached.clear();
    this.#changed.clear();
  }

  #stored(client: number): ClientSums | undefined {
    const query = "SELECT sums FROM client_statistics WHERE client_number = ?";
    const text = this.#sql.exec<{ sums: string }>(query, client).toArray()[0]?.sums;
    return text === undefined ? undefined : sumsOf(text);
  }
}

/** Parses sums from their `jsonText`. */
function sumsOf(text: string): ClientSums {
  return JSON.parse(text, (_, value) => (typeof value === "string" ? BigInt(value) : value));
}
