import type { InstrumentSpec } from "../../../protocol/instrument-spec.ts";
import type { Journal } from "../../journal/journal.ts";
import { OtherVenueError } from "../sink/other-venue.ts";
import type { Sql } from "./postgres-client.ts";

/** How far the rows of an instrument reach, as its watermark says. */
interface Held {
  readonly epoch: number;
  readonly sequence: number;
  /** Time of the last event; null where it is not told. */
  readonly timeMs: number | null;
}

/**
 * Makes an instrument's rows, which are from before venues had ids, those of a venue, if they go with the
 * instrument's journal: its event at their position happened at their time, to the millisecond.
 * @throws OtherVenueError if they do not.
 */
export async function claimRows(
  { instrument }: InstrumentSpec,
  journal: Journal,
  connect: () => Sql,
  venueId: string,
): Promise<void> {
  const rows = await connect()`
    SELECT epoch, last_sequence, (extract(epoch FROM last_event_at) * 1000)::bigint AS last_ms
    FROM watermarks WHERE instrument = ${instrument} AND venue_id IS NULL`;
  const row = rows[0];
  // Somebody was quicker: the next batch finds out who.
  if (row === undefined) return;
  const timeMs = row.last_ms === null ? null : Number(row.last_ms);
  const held: Held = { epoch: Number(row.epoch), sequence: Number(row.last_sequence), timeMs };
  if (!isOfJournal(held, journal)) {
    const where = `epoch ${held.epoch}, sequence ${held.sequence}`;
    throw new OtherVenueError(
      `Postgres has ${instrument} of venue none, at ${where}, which is not in this journal; this is venue ${venueId}`,
    );
  }
  await connect()`
    UPDATE watermarks SET venue_id = ${venueId}
    WHERE instrument = ${instrument} AND venue_id IS NULL AND epoch = ${held.epoch} AND last_sequence = ${held.sequence}`;
}

function isOfJournal({ epoch, sequence, timeMs }: Held, journal: Journal): boolean {
  if (epoch !== journal.epoch()) return false;
  const [event] = journal.eventsAfter(sequence - 1, 1);
  if (event?.sequence === sequence) return timeMs === null || event.timeMs === timeMs;
  const base = journal.base.counters();
  // A rebuild takes the time of the newest row, which may be after that of the last event.
  return base.sequence === sequence && (timeMs === null || base.timeMs >= timeMs);
}
