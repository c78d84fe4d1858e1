import type { InstrumentSpec } from "../../../protocol/instrument-spec.ts";
import type { Journal } from "../../journal/journal.ts";
import { OtherVenueError } from "../sink/other-venue.ts";
import type { Sql } from "./postgres-client.ts";

/** The position of an instrument's rows, by its watermark. */
interface Held {
  readonly epoch: number;
  readonly sequence: number;
  /** Time of the last event; null if it is not recorded. */
  readonly timeMs: number | null;
}

/**
 * Claims an instrument's rows from before venue ids existed, if they match the instrument's journal: the
 * event at their position has their time, to the millisecond.
 * @throws OtherVenueError if they do not match.
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
  // Another writer was faster. The next batch reports who owns the rows.
  if (row === undefined) return;
  const timeMs = row.last_ms === null ? null : Number(row.last_ms);
  const held: Held = { epoch: Number(row.epoch), sequence: Number(row.last_sequence), timeMs };
  if (!isOfJournal(held, journal)) {
    const where = `epoch ${held.epoch}, sequence ${held.sequence}`;
    throw new OtherVenueError(
      `Postgres has ${instrument} of venue none at ${where}, which this journal does not contain; this is venue ${venueId}`,
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
  // A rebuild uses the time of the newest row, which may be later than that of the last event.
  return base.sequence === sequence && (timeMs === null || base.timeMs >= timeMs);
}
