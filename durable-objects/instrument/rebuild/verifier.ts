import { copyLevels } from "../../../engine/book/book-copy.ts";
import { CopyMemory } from "../../../engine/book/copy-memory.ts";
import type { OrderBook } from "../../../engine/book/order-book.ts";
import { BUY, SELL } from "../../../engine/vocabulary/units.ts";
import type { InstrumentSpec } from "../../../protocol/instrument-spec.ts";
import type { VerificationReport } from "../../../protocol/operation.ts";
import { NO_VENUE } from "../../../protocol/venue-id.ts";
import type { Verification } from "../../calls/instrument-calls.ts";
import type { Journal } from "../../journal/journal.ts";
import type { Pruner } from "../../journal/pruning.ts";
import { connectPostgres, type Sql } from "../../outbox/postgres/postgres-client.ts";
import { openOrderPages } from "../../outbox/postgres/postgres-reading.ts";
import { type PostgresSummary, readPostgresSummary } from "../../outbox/postgres/postgres-summary.ts";
import { readWholeMirror } from "../../outbox/redis/mirror-reading.ts";
import type { Ownership } from "../../outbox/sink/ownership.ts";
import { configuredRedis } from "../../outbox/sinks.ts";
import { orderView } from "../../records/order-view.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Env } from "../../runtime/env.ts";
import { log } from "../../runtime/log.ts";
import { levelDifference } from "./level-difference.ts";
import { type JournalReading, readJournal } from "./verification.ts";

/** Long enough to count a long history. */
const REQUEST_MS_MAX = 60_000;
/** The orders compared in one turn of the event loop, in about 10 ms. */
const PAGE_ORDERS = 500;

/** The parts of the instrument that the verifier needs. */
export interface VerifiedInstrument {
  readonly spec: InstrumentSpec;
  readonly journal: Journal;
  readonly pruner: Pruner;
  readonly ownership: Ownership;
  readonly book: () => OrderBook;
  readonly clock: Clock;
}

/** Collects the comparisons made, those not possible, and the differences. */
class Findings {
  readonly compared: string[] = [];
  readonly notCompared: string[] = [];
  readonly differences: string[] = [];
}

/** Verifies that journal, live book, Postgres and Redis agree, or names the first difference. */
export class Verifier {
  readonly #instrument: VerifiedInstrument;
  readonly #env: Env;

  constructor(instrument: VerifiedInstrument, env: Env) {
    this.#instrument = instrument;
    this.#env = env;
  }

  /** Compares the live book with those from the journal and from the stored orders. */
  async books(): Promise<Verification> {
    const { spec, journal, pruner, book, clock } = this.#instrument;
    const reading = await pruner.whileKept(() => readJournal(spec, journal, book, 0, clock));
    return reading.verification;
  }

  report(): Promise<VerificationReport> {
    return this.#instrument.pruner.whileKept(() => this.#report());
  }

  async #report(): Promise<VerificationReport> {
    const { spec, journal, book, clock } = this.#instrument;
    const postgres = new Findings();
    const summary = await this.#read("Postgres", postgres, () => this.#comparePostgres(postgres));
    const redis = new Findings();
    await this.#read("Redis", redis, () => this.#compareRedis(redis));
    const reading = await readJournal(spec, journal, book, summary?.lastSequence ?? 0, clock);
    const books = compareBooks(reading.verification);
    if (summary !== undefined) this.#compareTotals(reading, summary, postgres);
    const all = [books, postgres, redis];
    const [difference = null] = all.flatMap(({ differences }) => differences);
    return {
      instrument: spec.instrument,
      agrees: difference === null,
      sequence: reading.verification.sequence,
      difference,
      compared: all.flatMap(({ compared }) => compared),
      not_compared: all.flatMap(({ notCompared }) => notCompared),
    };
  }

  /** Compares with another source. If it cannot be read, the result is a note instead. */
  async #read<T>(name: string, findings: Findings, compare: () => Promise<T>): Promise<T | undefined> {
    try {
      return await compare();
    } catch (error) {
      findings.notCompared.push(`${name}: it could not be read; the log has the reason`);
      log("error", "verify_failed", { error: String(error) });
      return undefined;
    }
  }

  async #comparePostgres(findings: Findings): Promise<PostgresSummary | undefined> {
    const { spec, journal, book } = this.#instrument;
    const { DATABASE_URL, NEON_FETCH_ENDPOINT } = this.#env;
    if (DATABASE_URL === undefined) {
      findings.notCompared.push("Postgres: none is configured");
      return undefined;
    }
    const connect = () => connectPostgres(DATABASE_URL, NEON_FETCH_ENDPOINT, REQUEST_MS_MAX);
    const summary = await readPostgresSummary(spec.instrument, connect());
    const { lastSequence, epoch, deadRows } = summary;
    const venueId = await this.#instrument.ownership.venueId();
    if (lastSequence > 0 && summary.venueId !== venueId) {
      const owner = summary.venueId ?? NO_VENUE;
      findings.differences.push(`Postgres has rows of venue ${owner}; this is venue ${venueId}`);
    }
    if (lastSequence > book().sequence) {
      findings.differences.push(`Postgres is at ${lastSequence}, the journal ends at ${book().sequence}`);
    }
    if (lastSequence > 0 && epoch !== journal.epoch()) {
      findings.differences.push(`Postgres is in epoch ${epoch}, the journal in ${journal.epoch()}`);
    }
    if (deadRows > 0) {
      findings.differences.push(`Postgres has rejected ${deadRows} rows: see outbox_dead`);
    }
    await this.#compareOpenOrders(connect, lastSequence, findings);
    return summary;
  }

  /**
   * Compares order by order. Each page is read at a different moment, so the result is valid only while
   * nothing happens.
   */
  async #compareOpenOrders(connect: () => Sql, lastSequence: number, findings: Findings): Promise<void> {
    const { spec, journal, book, clock } = this.#instrument;
    const isStill = () => book().sequence === lastSequence;
    let count = 0;
    let difference: string | undefined;
    if (isStill()) {
      for await (const page of openOrderPages(spec, connect, PAGE_ORDERS)) {
        if (!isStill()) break;
        await clock.wait(0);
        count += page.length;
        const other = page.find((shipped) => {
          const held = journal.orders.read(shipped.orderNumber);
          return held === undefined || textOf(held) !== textOf(shipped);
        });
        if (other !== undefined && difference === undefined) {
          const held = journal.orders.read(other.orderNumber);
          difference = `order ${other.orderNumber}: the instrument has ${held && textOf(held)}, Postgres ${textOf(other)}`;
        }
      }
    }
    if (!isStill()) {
      const reason =
        "it was not always up to date; freeze the instrument, wait until Postgres has caught up, and verify again";
      findings.notCompared.push(`Postgres, open orders one by one: ${reason}`);
      return;
    }
    findings.compared.push(`Postgres, ${count} open orders one by one`);
    if (difference !== undefined) findings.differences.push(difference);
    const open = book().restingCount + book().stops.count;
    if (count !== open) {
      findings.differences.push(`open orders: the book has ${open}, Postgres ${count}`);
    }

    function textOf(record: Parameters<typeof orderView>[1]): string {
      return JSON.stringify(orderView(spec, record));
    }
  }

  /**
   * The numbers of ended orders are comparable only if nothing is beyond the watermark: an order is shipped
   * in its state at that moment.
   */
  #compareTotals(
    { verification, totals }: JournalReading,
    summary: PostgresSummary,
    findings: Findings,
  ): void {
    const { lastSequence } = summary;
    findings.compared.push(`Postgres up to ${lastSequence}: orders, trades, quantities, notionals`);
    const isLevel = lastSequence === verification.sequence;
    const ended = ["filled", "cancelled"] as const;
    for (const name of ["orders", "trades", "lots", "notional", ...(isLevel ? ended : [])] as const) {
      if (String(totals[name]) !== String(summary[name])) {
        findings.differences.push(`${name}: the journal has ${totals[name]}, Postgres ${summary[name]}`);
      }
    }
    if (isLevel) findings.compared.push("Postgres: filled and cancelled orders");
    else
      findings.notCompared.push(
        "Postgres, filled and cancelled orders: it is behind; freeze the instrument, and verify again",
      );
  }

  async #compareRedis(findings: Findings): Promise<void> {
    const { spec, journal, book, clock } = this.#instrument;
    const redis = configuredRedis(this.#env, REQUEST_MS_MAX);
    if (redis === undefined) {
      findings.notCompared.push("Redis: none is configured");
      return;
    }
    const mirror = await readWholeMirror(redis, spec.instrument);
    if (typeof mirror === "string") {
      const reason = {
        partial: "is incomplete; the next push refills it",
        moved: "changed during the read; freeze the instrument, and verify again",
      };
      findings.notCompared.push(`Redis: the mirror ${reason[mirror]}`);
      return;
    }
    const { epoch, sequence, owner, bids, asks } = mirror;
    const { ownership } = this.#instrument;
    const venueId = await ownership.venueId();
    if (owner !== "" && owner === ownership.adoptedVenueId) {
      findings.notCompared.push("Redis: the mirror was taken over; the next push refills it");
    } else if (owner !== "" && owner !== venueId) {
      findings.differences.push(`Redis has a book of venue ${owner}; this is venue ${venueId}`);
    } else if (sequence > book().sequence || epoch > journal.epoch()) {
      const ours = `epoch ${journal.epoch()}, sequence ${book().sequence}`;
      findings.differences.push(`Redis is at epoch ${epoch}, sequence ${sequence}, the journal at ${ours}`);
    } else if (sequence < book().sequence || epoch < journal.epoch()) {
      findings.notCompared.push(
        "Redis: the mirror is behind; freeze the instrument, wait until it has caught up, and verify again",
      );
    } else {
      findings.compared.push("Redis, every level");
      const copy = copyLevels(book(), new CopyMemory(0));
      for (const [side, levels] of [
        [BUY, bids],
        [SELL, asks],
      ] as const) {
        const difference = await levelDifference(spec, copy, side, levels, clock);
        if (difference !== undefined) findings.differences.push(difference);
      }
    }
  }
}

function compareBooks({ liveHash, foldHash, restoredHash }: Verification): Findings {
  const findings = new Findings();
  findings.compared.push("live book, journal, orders");
  if (foldHash !== liveHash) {
    findings.differences.push(`the journal folds to ${foldHash}, the live book is ${liveHash}`);
  }
  if (restoredHash !== liveHash) {
    findings.differences.push(`the orders restore ${restoredHash}, the live book is ${liveHash}`);
  }
  return findings;
}
