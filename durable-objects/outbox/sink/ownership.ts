import { readVenueId } from "../../../protocol/venue-id.ts";
import type { Env } from "../../runtime/env.ts";
import { venueIdOf } from "../../runtime/venue-id-of.ts";
import { OtherVenueError } from "./other-venue.ts";

interface OwnershipRow extends Record<string, SqlStorageValue> {
  venue_id: string;
  adopted_venue_id: string | null;
}

/**
 * The venue that an instrument belongs to. An instrument with events stores its venue, so that neither a
 * changed setting nor one copied from another venue sends its events to that venue's databases.
 */
export class Ownership {
  readonly #env: Env;
  readonly #sql: SqlStorage;
  readonly #hasEvents: () => boolean;

  /** @param hasEvents returns whether the instrument has any event. */
  constructor(env: Env, sql: SqlStorage, hasEvents: () => boolean) {
    this.#env = env;
    this.#sql = sql;
    this.#hasEvents = hasEvents;
  }

  /** Whether the instrument has stored its venue. */
  get isKept(): boolean {
    return this.#row() !== undefined;
  }

  /** The venue whose copies a rebuild took over; undefined if there is none. */
  get adoptedVenueId(): string | undefined {
    return this.#row()?.adopted_venue_id ?? undefined;
  }

  /**
   * The id of the instrument's venue.
   * @throws OtherVenueError if the configured venue is not the one that it belongs to.
   */
  async venueId(): Promise<string> {
    const kept = this.#row()?.venue_id;
    const configured = readVenueId(this.#env.VENUE_ID);
    if (kept !== undefined && configured !== undefined && configured !== kept) {
      throw new OtherVenueError(`the instrument belongs to venue ${kept}; VENUE_ID is ${configured}`);
    }
    const venueId = kept ?? (await venueIdOf(this.#env));
    if (kept === undefined && this.#hasEvents()) this.#keep(venueId, null);
    return venueId;
  }

  /** Records that another venue's copies now belong to this one. */
  async adopt(adoptedVenueId: string): Promise<void> {
    this.#keep(await this.venueId(), adoptedVenueId);
  }

  #keep(venueId: string, adoptedVenueId: string | null): void {
    this.#sql.exec("INSERT OR REPLACE INTO ownership VALUES (1, ?, ?)", venueId, adoptedVenueId);
  }

  #row(): OwnershipRow | undefined {
    return this.#sql.exec<OwnershipRow>("SELECT venue_id, adopted_venue_id FROM ownership").toArray()[0];
  }
}
