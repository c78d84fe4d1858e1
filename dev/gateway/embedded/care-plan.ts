/** What Postgres reports about a table. */
export interface TableReading {
  /** With its schema, quoted where necessary. */
  readonly name: string;
  readonly liveRows: number;
  readonly deadRows: number;
  /** Since its last vacuum. */
  readonly insertedRows: number;
  readonly bytes: number;
  /** How many transactions ago its oldest row may have been written. */
  readonly ageTransactions: number;
  /** Whether its counts are known to begin with a vacuum. Postgres forgets them when it is killed. */
  readonly wasVacuumed: boolean;
}

/** How much may accumulate before something is done about it. */
export interface CareLimits {
  /** Bytes of write-ahead log since the last checkpoint. A start after a kill reads so much. */
  readonly walBytesMax: number;
  /** A checkpoint is made after so long a time if anything was written since the last one. */
  readonly checkpointMsMax: number;
  /** A table is vacuumed at so many dead or new rows, */
  readonly rowsMin: number;
  /** and at so large a part of its live rows, since a vacuum reads every index of the table. */
  readonly partOfLiveRows: number;
}

export const CARE_LIMITS: CareLimits = {
  walBytesMax: 32 * 1024 * 1024,
  checkpointMsMax: 5 * 60_000,
  rowsMin: 5_000,
  partOfLiveRows: 0.1,
};

/** The age at which Postgres begins to vacuum by itself, where it can. At 2 thousand million it stops. */
const AGE_TRANSACTIONS_MAX = 200_000_000;
/** A table of unknown dead rows is vacuumed from this size. */
const UNKNOWN_BYTES_MAX = 1024 * 1024;

/** Whether a checkpoint is due. */
export function isCheckpointDue(
  { walBytes, elapsedMs }: { readonly walBytes: number; readonly elapsedMs: number },
  { walBytesMax, checkpointMsMax }: CareLimits,
): boolean {
  return walBytes >= walBytesMax || (walBytes > 0 && elapsedMs >= checkpointMsMax);
}

/** The tables whose vacuum is due. The one that is furthest beyond its limit comes first. */
export function tablesToVacuum(tables: readonly TableReading[], limits: CareLimits): TableReading[] {
  return tables
    .map((table) => ({ table, urgency: urgencyOf(table, limits) }))
    .filter(({ urgency }) => urgency >= 1)
    .sort((one, other) => other.urgency - one.urgency)
    .map(({ table }) => table);
}

/** How much of a table's limit is used. At 1 its vacuum is due. */
function urgencyOf(table: TableReading, { rowsMin, partOfLiveRows }: CareLimits): number {
  const rowsMax = rowsMin + partOfLiveRows * table.liveRows;
  return Math.max(
    table.deadRows / rowsMax,
    table.insertedRows / rowsMax,
    table.ageTransactions / AGE_TRANSACTIONS_MAX,
    table.wasVacuumed ? 0 : table.bytes / UNKNOWN_BYTES_MAX,
  );
}
