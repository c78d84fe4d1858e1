import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { type Gateway, startGateway } from "../../dev/gateway/gateway.ts";
import { migrate } from "../../host/history/migrate.ts";
import { startVenue, type VenueProcess } from "../../host/venue.ts";
import { readInstrumentSpecs } from "../../protocol/instrument-spec.ts";
import { createDatabase, type DatabaseKind, type TestDatabase, withClient } from "../gateway/services.ts";
import { freePort } from "../support/free-port.ts";
import { HttpClient } from "../system/support/http-client.ts";
import { readInstrumentFile } from "../system/support/instrument-file.ts";
import { readStoredState } from "../system/support/stored-state.ts";

const INSTRUMENTS = [
  {
    instrument: "BTC-USD",
    number: 1,
    base_asset: "BTC",
    quote_asset: "USD",
    tick_size: "0.01",
    lot_size: "0.00000001",
    minimum_price: "0.01",
    maximum_price: "10000000.00",
    minimum_quantity: "0.00000001",
    maximum_quantity: "10000",
    maximum_open_orders_per_client: 100_000,
  },
];
const [spec] = readInstrumentSpecs(INSTRUMENTS);
const DRAIN_MS_MAX = 40_000;

/** The state of the Postgres sink in `/healthz`. */
export interface SinkReading {
  readonly last_sequence: number;
  readonly lag_events: number;
  readonly lag_seconds: number;
  readonly failures: number;
  readonly last_error: string | null;
  readonly dead_rows: number;
}

/**
 * A venue of one instrument, whose Postgres is behind a gateway with faults. Each part can be stopped and
 * started.
 */
export class Scene {
  /** The database of history. A new one is used from the next start of gateway and venue. */
  database: TestDatabase;
  readonly #folder = mkdtempSync(join(tmpdir(), "edgebook-faults-"));
  #gateway: Gateway | undefined;
  #gatewayPort = 0;
  #venue: VenueProcess | undefined;
  #http: HttpClient | undefined;
  #orderCount = 0;

  private constructor(database: TestDatabase) {
    this.database = database;
  }

  static async open(kind: DatabaseKind["name"]): Promise<Scene> {
    const scene = new Scene(await createDatabase(kind));
    await migrate(scene.database.url);
    scene.#gatewayPort = await freePort();
    await scene.startGateway();
    await scene.startVenue();
    return scene;
  }

  async close(): Promise<void> {
    await this.stopVenue();
    await this.stopGateway();
    await this.database.drop();
    rmSync(this.#folder, { recursive: true });
  }

  async startGateway(): Promise<void> {
    const options = { port: this.#gatewayPort, postgres: this.database.source };
    this.#gateway = await startGateway(options);
  }

  async stopGateway(): Promise<void> {
    await this.#gateway?.close();
    this.#gateway = undefined;
  }

  get faults() {
    if (this.#gateway === undefined) throw new Error("the gateway is off");
    return this.#gateway.faults;
  }

  async startVenue(): Promise<void> {
    const vars = {
      INSTRUMENTS,
      DATABASE_URL: this.database.url,
      NEON_FETCH_ENDPOINT: `http://127.0.0.1:${this.#gatewayPort}/sql`,
    };
    this.#venue = await startVenue({ dataFolder: this.#folder, vars, onLog: () => {} });
    this.#http = new HttpClient(this.#venue.url, 8);
  }

  async stopVenue(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    this.#http?.close();
    await this.#venue?.stop(signal);
    this.#venue = undefined;
  }

  get http(): HttpClient {
    if (this.#http === undefined) throw new Error("the venue is off");
    return this.#http;
  }

  /** Places an order that must be accepted. Returns its id. */
  async place(order: Record<string, unknown>): Promise<string> {
    const idempotency_key = `key-${++this.#orderCount}`;
    const body = { client_id: "ada", instrument: "BTC-USD", idempotency_key, ...order };
    const answer = await this.http.post("/orders", JSON.stringify(body));
    expect(answer.status, answer.body).toBe(201);
    return JSON.parse(answer.body).order_id;
  }

  /** Orders that rest, trade, trade in part, and are cancelled. */
  async trade(rounds = 5): Promise<void> {
    for (let round = 0; round < rounds; round++) {
      const price = 50_000 + round / 100;
      await this.place({ side: "sell", type: "limit", price, quantity: "0.00000003" });
      await this.place({ side: "buy", type: "limit", price, quantity: 0.7, client_id: "bob" });
      await this.place({ side: "sell", type: "market", quantity: "0.30000001", client_id: "eve" });
      const last = await this.place({ side: "buy", type: "limit", price: 1 + round, quantity: 2 });
      const cancelled = await this.http.post(`/orders/${last}/cancel`);
      expect(cancelled.status, cancelled.body).toBe(200);
    }
  }

  async health(): Promise<SinkReading> {
    const { status, body } = await this.http.get("/healthz");
    expect(status, body).toBe(200);
    return JSON.parse(body).instruments[0].outbox[0];
  }

  /** Waits until a condition on the sink's health holds, and returns the health. */
  async until(what: string, holds: (health: SinkReading) => boolean): Promise<SinkReading> {
    const endMs = Date.now() + DRAIN_MS_MAX;
    for (;;) {
      const health = await this.health();
      if (holds(health)) return health;
      if (Date.now() > endMs) throw new Error(`never ${what}: ${JSON.stringify(health)}`);
      await sleep(50);
    }
  }

  drained(): Promise<SinkReading> {
    return this.until("drained", ({ lag_events }) => lag_events === 0);
  }

  /** The rows in Postgres, in the form of the public API. Amounts are the exact digits. */
  held(): Promise<{ orders: unknown[]; trades: unknown[]; lastSequence: number; lastTrade: number }> {
    return withClient(this.database.url, async (client) => {
      const { rows: orders } = await client.query(
        `SELECT order_id, order_number::int AS sequence, side, type, price::text, quantity::text, status, cancel_reason,
           filled_quantity::text, remaining_quantity::text, cancelled_quantity::text, filled_notional::text,
           updated_sequence::int, accepted_at AS time, updated_at AS updated_time
         FROM orders ORDER BY order_number`,
      );
      const { rows: trades } = await client.query(
        `SELECT trade_number::int AS trade_id, sequence::int, maker_order_id, taker_order_id, taker_side,
           price::text, quantity::text, executed_at AS time FROM trades ORDER BY trade_number`,
      );
      const { rows } = await client.query("SELECT * FROM watermarks WHERE instrument = 'BTC-USD'");
      const { last_sequence, last_trade_number } = rows[0] ?? {};
      return {
        orders: JSON.parse(JSON.stringify(orders)),
        trades: JSON.parse(JSON.stringify(trades)),
        lastSequence: Number(last_sequence ?? 0),
        lastTrade: Number(last_trade_number ?? 0),
      };
    });
  }

  /**
   * Checks that both tables equal the fold of the journal row by row, without duplicates, and that the
   * watermark is at the end.
   */
  async expectEqual(
    without: { orderIds?: readonly string[]; tradeIds?: readonly number[] } = {},
  ): Promise<void> {
    if (spec === undefined) throw new Error("one instrument is configured");
    const folder = this.#folder;
    const stored = readInstrumentFile(folder, (journal, sql) => readStoredState(spec, journal, sql));
    const held = await this.held();
    const orders = [...stored.orders.values()]
      .filter(({ order_id }) => !without.orderIds?.includes(order_id))
      .map(({ instrument: _, average_price: __, ...order }) => order)
      .sort((a, b) => a.sequence - b.sequence);
    const trades = [...stored.trades.values()]
      .filter(({ trade_id }) => !without.tradeIds?.includes(trade_id))
      .map(({ instrument: _, ...trade }) => trade);
    expect(held.orders).toEqual(orders);
    expect(held.trades).toEqual(trades);
    expect([held.lastSequence, held.lastTrade]).toEqual([stored.book.sequence, stored.trades.size]);
    expect(held.trades.length).toBeGreaterThan(0);
  }
}
