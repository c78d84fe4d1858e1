/**
 * The part of the platform's SQL storage that the journal uses, so that its code also type-checks and runs in
 * Node; see `instrument-file.ts`.
 */
type SqlStorageValue = ArrayBuffer | string | number | null;

interface SqlStorageCursor<Row> extends Iterable<Row> {
  toArray(): Row[];
  /** The only row. @throws if there are none or several. */
  one(): Row;
}

interface SqlStorage {
  readonly databaseSize: number;
  exec<Row extends Record<string, SqlStorageValue>>(
    query: string,
    ...bindings: (string | number | null)[]
  ): SqlStorageCursor<Row>;
}

interface DurableObjectStorage {
  getAlarm(): Promise<number | null>;
  setAlarm(timeMs: number): Promise<void>;
}
