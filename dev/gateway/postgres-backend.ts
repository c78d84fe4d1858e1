import pg from "pg";

/** One statement with its parameters, `$1` first. */
interface Statement {
  query: string;
  params: unknown[];
}

export interface TransactionOptions {
  isolationLevel: "READ UNCOMMITTED" | "READ COMMITTED" | "REPEATABLE READ" | "SERIALIZABLE" | null;
  readOnly: boolean;
  deferrable: boolean;
}

/** The result of one statement. Every value is the text that Postgres sent, or null. */
export interface StatementResult {
  command: string;
  rowCount: number | null;
  fields: pg.FieldDef[];
  rows: (string | null)[][];
}

export interface PostgresBackend {
  readonly url: URL;
  /** Runs one statement outside a transaction. Throws `pg.DatabaseError` if Postgres rejects it. */
  runOne(statement: Statement): Promise<StatementResult>;
  /**
   * Runs all statements in one transaction. At the first error everything is rolled back, and the error is
   * thrown.
   */
  runBatch(statements: Statement[], transaction: TransactionOptions): Promise<StatementResult[]>;
  /** Throws if the database does not answer. */
  check(): Promise<void>;
  close(): Promise<void>;
}

export interface PostgresBackendOptions {
  /** `postgres://user:password@host:port/database` */
  url: string;
  /** The most open connections. */
  connections: number;
  /** Called for connections that are lost while idle. */
  log: (line: string) => void;
}

const asText = { getTypeParser: () => (value: string) => value };
const connectTimeoutMilliseconds = 5_000;

/** A pool of connections to a Postgres server. None is opened before the first statement. */
export function openPostgres({ url, connections, log }: PostgresBackendOptions): PostgresBackend {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: connectTimeoutMilliseconds,
    application_name: "edgebook-gateway",
  });
  // If a connection is lost while it is in use, its statement fails with the same error.
  pool.on("connect", (client) => client.on("error", () => {}));
  pool.on("error", (error) => log(`an idle Postgres connection was lost: ${error.message}`));
  return {
    url: new URL(url),
    runOne: (statement) => borrow(pool, (client) => run(client, statement)),
    runBatch: (statements, transaction) => borrow(pool, (client) => runAll(client, statements, transaction)),
    check: () => borrow(pool, async (client) => void (await run(client, { query: "SELECT 1", params: [] }))),
    close: () => pool.end(),
  };
}

async function borrow<T>(pool: pg.Pool, use: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let reusable = true;
  try {
    return await use(client);
  } catch (cause) {
    reusable = isRefusal(cause);
    throw cause;
  } finally {
    // A statement `BEGIN` must not leave its transaction to the next user of the connection.
    client.release(!reusable || client.getTransactionStatus() !== "I");
  }
}

/**
 * Whether the server rejected a statement and continues. Any other error leaves the connection in an unknown
 * state.
 */
function isRefusal(cause: unknown): boolean {
  return cause instanceof pg.DatabaseError && cause.severity === "ERROR";
}

async function run(client: pg.PoolClient, { query, params }: Statement): Promise<StatementResult> {
  const config: pg.QueryArrayConfig & { queryMode: "extended" } = {
    text: query,
    values: params,
    rowMode: "array",
    // Always the extended protocol: like the real service, it accepts exactly one statement.
    queryMode: "extended",
    types: asText,
  };
  const result = await client.query<(string | null)[]>(config);
  return { command: result.command, rowCount: result.rowCount, fields: result.fields, rows: result.rows };
}

async function runAll(
  client: pg.PoolClient,
  statements: Statement[],
  transaction: TransactionOptions,
): Promise<StatementResult[]> {
  await client.query(beginStatement(transaction));
  try {
    const results: StatementResult[] = [];
    for (const statement of statements) results.push(await run(client, statement));
    await client.query("COMMIT");
    return results;
  } catch (cause) {
    // A lost connection cannot roll back. The server does, and `borrow` drops the connection.
    if (isRefusal(cause)) await client.query("ROLLBACK");
    throw cause;
  }
}

function beginStatement({ isolationLevel, readOnly, deferrable }: TransactionOptions): string {
  const modes = [];
  if (isolationLevel !== null) modes.push(`ISOLATION LEVEL ${isolationLevel}`);
  if (readOnly) modes.push("READ ONLY");
  if (deferrable) modes.push("DEFERRABLE");
  return ["BEGIN", modes.join(", ")].join(" ").trim();
}
