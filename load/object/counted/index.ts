import { Instrument as Uncounted } from "../../../durable-objects/instrument/instrument.ts";
import type { Env } from "../../../durable-objects/runtime/env.ts";
import worker from "../../../worker/index.ts";
import type { StatementCounts } from "../statement-counts.ts";

export * from "../../../worker/index.ts";

const counts: StatementCounts = { statements: 0, rowsWritten: 0 };
let isCounting = false;

/** An instrument whose statements are counted. Only the benchmark has it. */
export class Instrument extends Uncounted {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    countStatements(Object.getPrototypeOf(ctx.storage.sql));
  }
}

/** All objects share one prototype, which is wrapped once, however often an object starts. */
function countStatements(sql: SqlStorage): void {
  if (isCounting) return;
  isCounting = true;
  const { exec } = sql;
  sql.exec = function counted<T extends Record<string, SqlStorageValue>>(
    this: SqlStorage,
    query: string,
    ...values: unknown[]
  ): SqlStorageCursor<T> {
    const cursor = exec.call(this, query, ...values) as SqlStorageCursor<T>;
    counts.statements++;
    counts.rowsWritten += cursor.rowsWritten;
    return cursor;
  };
}

/** The venue, with `GET /statements`, which returns the counts and begins anew. */
export default {
  fetch(request: Request, env: Env, context: ExecutionContext): Response | Promise<Response> {
    if (new URL(request.url).pathname !== "/statements") return worker.fetch(request, env, context);
    const response = Response.json(counts);
    Object.assign(counts, { statements: 0, rowsWritten: 0 });
    return response;
  },
} satisfies ExportedHandler<Env>;
