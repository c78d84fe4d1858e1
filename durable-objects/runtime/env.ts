import type { IdentityCalls, InstrumentCalls } from "../calls/instrument-calls.ts";

/** What the host binds for the objects and the worker; see wrangler.toml. */
export interface Env {
  readonly INSTRUMENT: DurableObjectNamespace<InstrumentCalls>;
  readonly RELAY: DurableObjectNamespace<Rpc.DurableObjectBranded>;
  /** Keeps the venue's id where VENUE_ID is not set. */
  readonly IDENTITY: DurableObjectNamespace<IdentityCalls>;
  /** The venue's id, a UUID; see `venueIdOf`. */
  readonly VENUE_ID?: string;
  /** How many relays there are, level by level; see `relayLevels`. */
  readonly STREAM_RELAYS?: string;
  /** How many connections an instrument has before it sends public ones to relays. */
  readonly STREAM_DIRECT_MAX?: string;
  /** Makes this the host of relays alone: where the venue is whose feed they pass on; see `upstreamOrigin`. */
  readonly STREAM_UPSTREAM?: string;
  /** The origins under which pages of this venue are served; see `publicOrigins`. */
  readonly PUBLIC_ORIGIN?: string;
  /** The address that this host listens on, where it is known. */
  readonly LISTENS_ON?: string;
  /** The configured instruments, read by `readInstrumentSpecs`. */
  readonly INSTRUMENTS: unknown;
  /** Postgres, for history; nothing is shipped where it is not set. */
  readonly DATABASE_URL?: string;
  /** Where history is read, such as a read replica; DATABASE_URL where it is not set. */
  readonly DATABASE_READ_URL?: string;
  /** Takes the place of Neon's own address. */
  readonly NEON_FETCH_ENDPOINT?: string;
  /**
   * "true" where Postgres is the venue's own and may have been set aside: an instrument looks at its start whether
   * what it shipped is there, and begins history anew where nothing is.
   */
  readonly HISTORY_MAY_RESTART?: string;
  /**
   * "true" where Postgres was made for this venue as its process began, and nothing had ever been shipped: an instrument
   * that has nothing stored then is new, and need not ask.
   */
  readonly HISTORY_IS_NEW?: string;
  /** Redis over REST, for the mirror, which is off where address or token is not set. */
  readonly UPSTASH_REDIS_REST_URL?: string;
  readonly UPSTASH_REDIS_REST_TOKEN?: string;
  /** "mirror" answers public reads from the mirror unless a request says otherwise. */
  readonly READ_SOURCE?: string;
  /** The mirror is not read when its state is older, in milliseconds. */
  readonly MIRROR_AGE_MS_MAX?: string;
  /** The bearer token of the operators' routes; without it there are none. */
  readonly ADMIN_TOKEN?: string;
  /** Lines of the log below this level are left out; see `readLogLevel`. */
  readonly LOG_LEVEL?: string;
  /** Above this many bytes of storage an instrument takes no new orders. */
  readonly STORAGE_BYTES_MAX?: string;
  /** How many of its newest events an instrument keeps although Postgres has them. */
  readonly JOURNAL_EVENTS_RETAINED?: string;
}
