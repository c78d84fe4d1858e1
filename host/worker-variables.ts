import { orderGateways } from "../durable-objects/calls/order-gateways.ts";
import { directMax, relayLevels } from "../durable-objects/calls/relay-tree.ts";
import { storageBytesMax } from "../durable-objects/instrument/flush/gate.ts";
import { eventsRetained } from "../durable-objects/journal/journal-limit.ts";
import { readLogLevel } from "../durable-objects/runtime/log.ts";
import { readVenueId } from "../protocol/venue-id.ts";
import { publicOrigins } from "../worker/http/origins.ts";
import { readMirrorSettings } from "../worker/reads/mirror-settings.ts";

/**
 * The worker's variables that are passed on unchanged. DATABASE_URL and ADMIN_TOKEN have their own defaults.
 */
const NAMES = [
  "VENUE_ID",
  "DATABASE_URL",
  "DATABASE_READ_URL",
  "NEON_FETCH_ENDPOINT",
  "UPSTASH_REDIS_REST_URL",
  "UPSTASH_REDIS_REST_TOKEN",
  "READ_SOURCE",
  "MIRROR_AGE_MS_MAX",
  "STORAGE_BYTES_MAX",
  "JOURNAL_EVENTS_RETAINED",
  "ORDER_GATEWAYS",
  "STREAM_RELAYS",
  "STREAM_DIRECT_MAX",
  "PUBLIC_ORIGIN",
  "LOG_LEVEL",
] as const;

export type WorkerVariables = Readonly<Partial<Record<(typeof NAMES)[number], string>>>;

/**
 * The worker's variables in an environment. An empty one counts as not set.
 * @throws with the first one that the worker would refuse, so that the error appears before the venue starts.
 */
export function workerVariables(environment: Readonly<Record<string, string | undefined>>): WorkerVariables {
  const variables: WorkerVariables = Object.fromEntries(
    NAMES.flatMap((name) => (environment[name] ? [[name, environment[name]]] : [])),
  );
  readVenueId(variables.VENUE_ID);
  readMirrorSettings(variables);
  storageBytesMax(variables.STORAGE_BYTES_MAX);
  eventsRetained(variables.JOURNAL_EVENTS_RETAINED);
  orderGateways(variables.ORDER_GATEWAYS);
  relayLevels(variables.STREAM_RELAYS);
  directMax(variables.STREAM_DIRECT_MAX);
  publicOrigins(variables.PUBLIC_ORIGIN);
  readLogLevel(variables.LOG_LEVEL);
  for (const name of [
    "DATABASE_URL",
    "DATABASE_READ_URL",
    "NEON_FETCH_ENDPOINT",
    "UPSTASH_REDIS_REST_URL",
  ] as const) {
    const value = variables[name];
    // The message omits the value, which may contain a password.
    if (value !== undefined && !URL.canParse(value)) throw new Error(`${name} must be a URL`);
  }
  return variables;
}
