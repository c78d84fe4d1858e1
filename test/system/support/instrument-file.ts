import { createHash, createHmac } from "node:crypto";
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { Journal } from "../../../durable-objects/journal/journal.ts";

/**
 * The objects' namespace in the data folder: the project's name and the class, as host/workerd-config.ts joins
 * them.
 */
const NAMESPACE = "edgebook-Instrument";

/**
 * Reads what a killed venue left of an instrument; without a name, of its only one. The files are copied
 * first: opening them in place would clean up the write-ahead log, which the next start of the venue must
 * handle itself.
 *
 * @throws if the data folder does not contain the instrument's file; without a name, also if it contains
 * several.
 */
export function readInstrumentFile<T>(
  dataFolder: string,
  read: (journal: Journal, sql: SqlStorage) => T,
  instrument?: string,
): T {
  const folder = join(dataFolder, "objects", NAMESPACE);
  const wanted = instrument === undefined ? /^[0-9a-f]{64}\.sqlite$/ : `${objectId(instrument)}.sqlite`;
  const names = readdirSync(folder).filter((file) => file.match(wanted) !== null);
  const name = names[0];
  if (name === undefined || names.length > 1) throw new Error(`${folder} holds ${names.length} instruments`);
  const copyFolder = mkdtempSync(join(tmpdir(), "edgebook-copy-"));
  try {
    for (const part of [name, `${name}-wal`]) {
      if (existsSync(join(folder, part))) copyFileSync(join(folder, part), join(copyFolder, part));
    }
    using database = new DatabaseSync(join(copyFolder, name));
    const sql = sqlStorage(database);
    return read(new Journal(sql), sql);
  } finally {
    rmSync(copyFolder, { recursive: true });
  }
}

/** Opens an instrument's own database while no venue has it open. */
export function openInstrumentFile(dataFolder: string, instrument: string): DatabaseSync {
  return new DatabaseSync(join(dataFolder, "objects", NAMESPACE, `${objectId(instrument)}.sqlite`));
}

/** Runs a statement on an instrument's own database while no venue has it open. */
export function changeInstrumentFile(dataFolder: string, instrument: string, statement: string): void {
  using database = openInstrumentFile(dataFolder, instrument);
  database.exec(statement);
}

/** The id that workerd derives from an object's name: half of it from the name, half from that half. */
function objectId(instrument: string): string {
  const key = createHash("sha256").update(NAMESPACE).digest();
  const half = (data: string | Buffer) => createHmac("sha256", key).update(data).digest().subarray(0, 16);
  const first = half(instrument);
  return Buffer.concat([first, half(first)]).toString("hex");
}

/** The platform's SQL interface over Node's SQLite, so that the object's own code can run on it. */
export function sqlStorage(database: DatabaseSync): SqlStorage {
  const statements = new Map<string, StatementSync>();
  const prepared = (query: string): StatementSync => {
    const statement = statements.get(query) ?? database.prepare(query);
    statements.set(query, statement);
    return statement;
  };
  return {
    databaseSize: 0,
    exec<Row>(query: string, ...bindings: (string | number | null)[]): SqlStorageCursor<Row> {
      const rows = prepared(query).all(...bindings) as Row[];
      return {
        toArray: () => rows,
        one: () => {
          if (rows.length !== 1) throw new Error(`${rows.length} rows where one was expected: ${query}`);
          return rows[0] as Row;
        },
        [Symbol.iterator]: () => rows.values(),
      };
    },
  };
}
