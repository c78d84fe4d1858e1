import type { InstrumentSpec } from "../../protocol/instrument-spec.ts";
import type { Journal } from "../journal/journal.ts";
import type { Env } from "../runtime/env.ts";
import { connectPostgres } from "./postgres/postgres-client.ts";
import { PostgresSink } from "./postgres/postgres-sink.ts";
import { RedisClient } from "./redis/redis-client.ts";
import { type Market, RedisSink } from "./redis/redis-sink.ts";
import type { Ownership } from "./sink/ownership.ts";
import type { Sink } from "./sink/sink.ts";

/** A push that takes longer counts as failed. The next push starts from scratch. */
const PUSH_MS_MAX = 3_000;

/**
 * The sinks that the environment configures.
 * @param market returns the instrument's current state.
 */
export function configuredSinks(
  env: Env,
  spec: InstrumentSpec,
  journal: Journal,
  market: () => Market,
  ownership: Ownership,
): Sink[] {
  const sinks: Sink[] = [];
  const { DATABASE_URL: databaseUrl } = env;
  if (databaseUrl !== undefined) {
    const book = () => market().book;
    const mayRestart = env.HISTORY_MAY_RESTART === "true";
    const connect = (requestMsMax: number) =>
      connectPostgres(databaseUrl, env.NEON_FETCH_ENDPOINT, requestMsMax);
    sinks.push(new PostgresSink({ spec, journal, book, ownership, connect, mayRestart }));
  }
  const redis = configuredRedis(env, PUSH_MS_MAX);
  if (redis !== undefined) sinks.push(new RedisSink(spec, journal, market, ownership, redis));
  return sinks;
}

/** The client of the mirror, if one is configured. */
export function configuredRedis(env: Env, requestMsMax: number): RedisClient | undefined {
  const { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token } = env;
  return url === undefined || token === undefined ? undefined : new RedisClient({ url, token, requestMsMax });
}
