import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Random } from "../support/random.ts";
import { checkOrders, checkRepeats } from "../system/support/crash-check.ts";
import { CAN_MOVE_CLOCK, MovedClock } from "../system/support/moved-clock.ts";
import { type Agreement, agreement, type LiveState, readLive } from "./agreement.ts";
import { Disruption, type Parts } from "./disruption.ts";
import { LagWatch } from "./lag-watch.ts";
import { SoakMarket } from "./market.ts";
import { Part } from "./part.ts";
import { type SoakServers, startServers } from "./servers.ts";
import { SoakTrader } from "./soak-trader.ts";
import { SoakVenue } from "./soak-venue.ts";
import { type SurgeSize, Surges } from "./surges.ts";
import { TradeCounts } from "./trade-counts.ts";

const CLIENTS = 24;
/**
 * Orders and cancels per second over all instruments. An hour of it stays below what a journal keeps
 * unpruned.
 */
const ACTIONS_PER_SECOND = 150;
/** How long trading continues after the last fault, so that every instrument has something new to ship. */
const CALM_MS = 3_000;
/**
 * The number of outcomes and orders per instrument that are requested again over HTTP. The files are read
 * completely.
 */
const ASKED_AGAIN = 1_000;

const SURGE_ORDERS_MIN = 300;
const SURGE_ORDERS_MAX = 3_000;
const SURGE_ORDERS_A_CLIENT = 25;

export interface SoakOptions {
  readonly seed: number;
  readonly durationMs: number;
  /** Ends the soak early: what waits then rejects. */
  readonly signal: AbortSignal;
  /** Receives lines about the progress. */
  readonly log: (line: string) => void;
}

/** A venue and its servers, with trading while they are killed, and then the proof that they agree. */
export class Soak {
  readonly folder: string;
  readonly servers: SoakServers;
  readonly venue: SoakVenue;
  readonly parts: Parts;
  readonly markets = SoakMarket.all();
  readonly disruption: Disruption;
  readonly surges: Surges;
  /** The venue's clock; undefined if it cannot be set, because there is no compiler. */
  readonly clock: MovedClock | undefined;
  readonly lag: LagWatch;
  drainMs = 0;
  readonly #live = new Map<string, LiveState>();
  readonly #traders: readonly SoakTrader[];
  readonly #options: SoakOptions;
  /** Aborted when the soak is, or when any part of it fails. Nothing waits any longer then. */
  readonly #failed = new AbortController();
  readonly #signal: AbortSignal;

  private constructor(folder: string, servers: SoakServers, options: SoakOptions) {
    this.folder = folder;
    this.servers = servers;
    this.#options = options;
    this.#signal = AbortSignal.any([options.signal, this.#failed.signal]);
    this.clock = CAN_MOVE_CLOCK ? new MovedClock(folder) : undefined;
    this.venue = new SoakVenue(join(folder, "venue"), servers.environment, this.clock?.environment ?? {});
    const { postgres, redis, gateway } = servers;
    this.parts = {
      venue: new Part(this.venue),
      postgres: new Part(postgres),
      redis: new Part(redis),
      gateway: new Part(gateway),
    };
    this.lag = new LagWatch(this.venue);
    const { seed, durationMs } = options;
    const signal = this.#signal;
    this.surges = new Surges(this.markets, this.venue, this.parts.venue, surgeSize(durationMs), signal);
    this.disruption = new Disruption(servers, this.parts, this.venue, this.surges, this.clock, {
      seed,
      durationMs,
      signal,
    });
    this.#traders = Array.from({ length: CLIENTS }, (_, index) => {
      const random = new Random(seed * 1_000 + index);
      return new SoakTrader(`client-${index}`, random, this.markets, this.venue, this.parts.venue);
    });
  }

  static async open(options: SoakOptions): Promise<Soak> {
    const folder = mkdtempSync(join(tmpdir(), "edgebook-soak-"));
    chmodSync(folder, 0o755); // the user of Postgres must be able to enter it
    const soak = new Soak(folder, await startServers(folder), options);
    try {
      await soak.venue.start();
    } catch (cause) {
      await soak.close();
      throw cause;
    }
    return soak;
  }

  get counts(): TradeCounts {
    return TradeCounts.sum(this.#traders.map(({ counts }) => counts));
  }

  /**
   * Trades through the faults until the time is over, every kind has happened, and every outcome is known.
   */
  async trade(): Promise<void> {
    let isOver = false;
    const over = () => isOver;
    const disrupt = async () => {
      await this.disruption.run();
      await sleep(CALM_MS, undefined, { signal: this.#signal });
      isOver = true;
    };
    const intervalMs = (1_000 * CLIENTS) / ACTIONS_PER_SECOND;
    await this.#together([
      disrupt(),
      this.lag.run(this.parts.venue, over, this.#signal),
      ...this.#traders.map((trader) => trader.run(intervalMs, over, this.#signal)),
    ]);
    const { missing } = this;
    if (missing.length > 0) throw new Error(`never came: ${missing.join(", ")}`);
  }

  /** The rare events that must have happened and did not. Without them a run proves too little. */
  get missing(): string[] {
    const { unknown, cancelled, repeats, rejects } = this.counts;
    const seen = { unknown, cancelled, repeats, rejects: rejects.size };
    const unseen = Object.entries(seen).filter(([, count]) => count === 0);
    return [...this.disruption.missing, ...unseen.map(([name]) => name)];
  }

  /**
   * Waits until everything is shipped, reads what the venue shows, requests outcomes again, and ends the
   * venue.
   */
  async settle(): Promise<void> {
    this.#options.log("faults are off; waiting until all is shipped");
    this.drainMs = await this.lag.drained(this.#signal);
    const random = new Random(this.#options.seed);
    const some = <T>(all: readonly T[]) =>
      Array.from({ length: Math.min(ASKED_AGAIN, all.length) }, () => random.pick(all));
    for (const { ledger } of this.markets) {
      await checkRepeats(this.venue.http, some(ledger.placements));
      await checkOrders(this.venue.http, some([...ledger.orders.values()]));
    }
    for (const market of this.markets) this.#live.set(market.instrument, await readLive(this.venue, market));
    await this.venue.stop();
  }

  /** Compares all remaining data, after `settle`. */
  async agreement(): Promise<Agreement> {
    const { markets, servers, venue } = this;
    const result = await agreement(markets, this.#live, servers, venue.dataFolder);
    const crashes = venue.errorLines;
    if (crashes.length > 0)
      result.findings.push(`the venue's log has errors, the last: ${crashes.join("\n")}`);
    return result;
  }

  /** Ends everything. @param isKept keeps the data. */
  async close(isKept = false): Promise<void> {
    this.#failed.abort();
    await this.venue.stop("SIGKILL");
    await this.servers.close();
    this.clock?.close();
    if (!isKept) rmSync(this.folder, { recursive: true, force: true });
  }

  /**
   * Waits for all tasks. The first failure ends the waiting of the others, and is thrown once they have
   * ended.
   */
  async #together(tasks: readonly Promise<void>[]): Promise<void> {
    const failures: unknown[] = [];
    const guarded = tasks.map((task) =>
      task.catch((cause: unknown) => {
        failures.push(cause);
        this.#failed.abort();
      }),
    );
    await Promise.all(guarded);
    if (failures.length > 0) throw failures[0];
  }
}

/** A size for which a short soak has room. */
function surgeSize(durationMs: number): SurgeSize {
  const orders = Math.round(Math.min(SURGE_ORDERS_MAX, Math.max(SURGE_ORDERS_MIN, durationMs / 100)));
  return { orders, clients: Math.ceil(orders / SURGE_ORDERS_A_CLIENT) };
}
