import type { GatewayCalls } from "../calls/gateway-calls.ts";
import type { IdentityCalls, InstrumentCalls, InstrumentDoor } from "../calls/instrument-calls.ts";
import type { EdgeReadings } from "../calls/readings.ts";

/** The bindings of the objects and the worker; see wrangler.toml. */
export interface Env {
  readonly INSTRUMENT: DurableObjectNamespace<InstrumentCalls>;
  readonly GATEWAY: DurableObjectNamespace<GatewayCalls>;
  /** The number of gateways to each region's instruments; see `orderGateways`. */
  readonly ORDER_GATEWAYS?: string;
  /** Where instruments are called over links: the door of each. */
  readonly LINKS?: (instrument: string) => InstrumentDoor;
  /** Reads all edges of the venue, if this is one of them. */
  readonly EDGES?: () => Promise<EdgeReadings>;
  /** The secret that opens a link. Without it no link is accepted. */
  readonly LINK_SECRET?: string;
  readonly RELAY: DurableObjectNamespace<Rpc.DurableObjectBranded>;
  /** Stores the venue's id if VENUE_ID is not set. */
  readonly IDENTITY: DurableObjectNamespace<IdentityCalls>;
  /** The venue's id, a UUID; see `venueIdOf`. */
  readonly VENUE_ID?: string;
  /** The number of relays, level by level; see `relayLevels`. */
  readonly STREAM_RELAYS?: string;
  /** The number of connections that an instrument accepts before it sends public ones to relays. */
  readonly STREAM_DIRECT_MAX?: string;
  /** Makes this a relay host: the address of the venue whose feed it relays; see `upstreamOrigin`. */
  readonly STREAM_UPSTREAM?: string;
  /** The origins under which pages of this venue are served; see `publicOrigins`. */
  readonly PUBLIC_ORIGIN?: string;
  /** The address that this host listens on, if it is known. */
  readonly LISTENS_ON?: string;
  /** The configured instruments, parsed by `readInstrumentSpecs`. */
  readonly INSTRUMENTS: unknown;
  /** Postgres, for history. If it is not set, nothing is shipped. */
  readonly DATABASE_URL?: string;
  /** Where history is read, such as a read replica. Default: DATABASE_URL. */
  readonly DATABASE_READ_URL?: string;
  /** Replaces Neon's own address. */
  readonly NEON_FETCH_ENDPOINT?: string;
  /**
   * "true" if Postgres is the venue's own and may have been replaced. At its start an instrument then checks
   * that Postgres has what was shipped, and restarts history if Postgres has nothing.
   */
  readonly HISTORY_MAY_RESTART?: string;
  /**
   * "true" if Postgres was created for this venue when its process started, and nothing had been shipped
   * before. An instrument with nothing stored is then new, and need not ask.
   */
  readonly HISTORY_IS_NEW?: string;
  /** Redis over REST, for the mirror. Without address and token the mirror is off. */
  readonly UPSTASH_REDIS_REST_URL?: string;
  readonly UPSTASH_REDIS_REST_TOKEN?: string;
  /** With "mirror", public reads use the mirror by default. */
  readonly READ_SOURCE?: string;
  /** The largest age, in milliseconds, at which the mirror is used. */
  readonly MIRROR_AGE_MS_MAX?: string;
  /** The bearer token of the operators' routes. Without it these routes do not exist. */
  readonly ADMIN_TOKEN?: string;
  /** Log lines below this level are dropped; see `readLogLevel`. */
  readonly LOG_LEVEL?: string;
  /** Above this many bytes of storage, an instrument refuses new orders. */
  readonly STORAGE_BYTES_MAX?: string;
  /** The number of newest events that an instrument keeps although Postgres has them. */
  readonly JOURNAL_EVENTS_RETAINED?: string;
}
