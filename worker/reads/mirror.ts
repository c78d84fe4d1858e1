import * as z from "zod";
import { mirrorBook, mirrorHead } from "../../durable-objects/outbox/redis/mirror-answer.ts";
import { mirrorKeys } from "../../durable-objects/outbox/redis/mirror-keys.ts";
import { READ_BOOK_SCRIPT, READ_TRADES_SCRIPT } from "../../durable-objects/outbox/redis/mirror-scripts.ts";
import { RedisClient } from "../../durable-objects/outbox/redis/redis-client.ts";
import type { Env } from "../../durable-objects/runtime/env.ts";
import { log } from "../../durable-objects/runtime/log.ts";
import { venueIdOf } from "../../durable-objects/runtime/venue-id-of.ts";
import { type OrderBookAnswer, type TradeListAnswer, trade } from "../../protocol/market-data.ts";
import { readMirrorSettings } from "./mirror-settings.ts";

/** A read of the mirror that takes longer goes to the engine instead. */
const READ_MS_MAX = 1_000;
/** The pause after a failed read. A mirror that is out of reach must not slow down every reader. */
const AWAY_MS = 1_000;

const tradeText = z
  .string()
  .transform((text) => JSON.parse(text))
  .pipe(trade);
const tradesAnswer = z.tuple([...mirrorHead, z.array(tradeText)]);

/** Epoch and sequence. They order the states of an instrument. */
interface Position {
  readonly epoch: number;
  readonly sequence: number;
}

/**
 * Reads the mirror, and decides when it cannot be used. If an answer is undefined, the engine must answer.
 */
export class MirrorReader {
  readonly isDefault: boolean;
  readonly #env: Env;
  readonly #redis: RedisClient | undefined;
  readonly #ageMsMax: number;
  /**
   * The newest state read of each instrument. A Redis that lost data may have an older one, which must not be
   * shown.
   */
  readonly #newest = new Map<string, Position>();
  #awayUntilMs = 0;

  constructor(env: Env) {
    const { isDefault, ageMsMax } = readMirrorSettings(env);
    const { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token } = env;
    this.isDefault = isDefault;
    this.#env = env;
    this.#ageMsMax = ageMsMax;
    if (url !== undefined && token !== undefined) {
      this.#redis = new RedisClient({ url, token, requestMsMax: READ_MS_MAX });
    }
  }

  /** Whether a mirror is configured. */
  get isOn(): boolean {
    return this.#redis !== undefined;
  }

  /** The best levels of both sides, or undefined if the engine must answer. */
  async readBook(instrument: string, limit: number): Promise<OrderBookAnswer | undefined> {
    const read = await this.#read(READ_BOOK_SCRIPT, instrument, limit, mirrorBook);
    if (read === undefined) return undefined;
    const [epoch, sequence, timeMs, , , bids, asks] = read.answer;
    const time = new Date(timeMs).toISOString();
    return { instrument, epoch, time, sequence, bids, asks, source: "mirror", age_ms: read.ageMs };
  }

  /** The newest trades, newest first, or undefined if the engine must answer. */
  async readTrades(instrument: string, limit: number): Promise<TradeListAnswer | undefined> {
    const read = await this.#read(READ_TRADES_SCRIPT, instrument, limit, tradesAnswer);
    if (read === undefined) return undefined;
    const [epoch, sequence, , , , trades] = read.answer;
    return { instrument, epoch, sequence, trades, source: "mirror", age_ms: read.ageMs };
  }

  /** Records the epoch of an answer of the engine. A mirror of an earlier epoch is not used any more. */
  noteEpoch(instrument: string, epoch: number): void {
    if (epoch > (this.#newest.get(instrument)?.epoch ?? 0)) {
      this.#newest.set(instrument, { epoch, sequence: 0 });
    }
  }

  async #read<T extends [number, number, number, number, string, ...unknown[]]>(
    script: string,
    instrument: string,
    limit: number,
    schema: z.ZodType<T>,
  ): Promise<{ answer: T; ageMs: number } | undefined> {
    if (this.#redis === undefined || Date.now() < this.#awayUntilMs) return undefined;
    try {
      const reply = await this.#redis.read(script, mirrorKeys(instrument), [String(limit)]);
      // The mirror is incomplete. The instrument will refill it.
      if (Array.isArray(reply) && reply.length === 0) return undefined;
      const answer = schema.parse(reply);
      const [epoch, sequence, , asOfMs, owner] = answer;
      // The mirror belongs to another venue, or to none yet. The instrument will report that, or take it
      // over.
      if (owner !== (await venueIdOf(this.#env))) return undefined;
      const ageMs = Math.max(0, Date.now() - asOfMs);
      if (ageMs > this.#ageMsMax || !this.#isNewest(instrument, { epoch, sequence })) return undefined;
      return { answer, ageMs };
    } catch (error) {
      this.#awayUntilMs = Date.now() + AWAY_MS;
      log("warn", "mirror_unreadable", { instrument, error: String(error) });
      return undefined;
    }
  }

  /** Whether a state is at least as new as every state read before. Records it. */
  #isNewest(instrument: string, { epoch, sequence }: Position): boolean {
    const newest = this.#newest.get(instrument);
    if (newest !== undefined) {
      if (epoch < newest.epoch || (epoch === newest.epoch && sequence < newest.sequence)) return false;
    }
    this.#newest.set(instrument, { epoch, sequence });
    return true;
  }
}

let current: { key: string; reader: MirrorReader } | undefined;

/** The mirror of an environment, created once per isolate. */
export function mirrorOf(env: Env): MirrorReader {
  const { UPSTASH_REDIS_REST_URL, UPSTASH_REDIS_REST_TOKEN, READ_SOURCE, MIRROR_AGE_MS_MAX, VENUE_ID } = env;
  const key = JSON.stringify([
    UPSTASH_REDIS_REST_URL,
    UPSTASH_REDIS_REST_TOKEN,
    READ_SOURCE,
    MIRROR_AGE_MS_MAX,
    VENUE_ID,
  ]);
  if (current?.key !== key) current = { key, reader: new MirrorReader(env) };
  return current.reader;
}
