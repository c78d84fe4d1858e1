import type { IncomingHttpHeaders } from "node:http";
import pg from "pg";
import { z } from "zod";
import { type Answer, HttpError, jsonAnswer, messageOf, parseJson } from "./http.ts";
import type { PostgresBackend, StatementResult, TransactionOptions } from "./postgres-backend.ts";
import { decodeText } from "./postgres-values.ts";
import { isSameSecret } from "./secret.ts";

const statement = z.object({ query: z.string(), params: z.array(z.unknown()).default([]) });
const sqlRequest = z.union([z.object({ queries: z.array(statement) }), statement], {
  error: "the body must be { query, params } or { queries: [{ query, params }] }",
});

const isolationLevels: Record<string, TransactionOptions["isolationLevel"]> = {
  ReadUncommitted: "READ UNCOMMITTED",
  ReadCommitted: "READ COMMITTED",
  RepeatableRead: "REPEATABLE READ",
  Serializable: "SERIALIZABLE",
};

/** The fields of a Postgres error that the driver copies to its own error. */
const errorFields = [
  "severity",
  "code",
  "detail",
  "hint",
  "position",
  "internalPosition",
  "internalQuery",
  "where",
  "schema",
  "table",
  "column",
  "dataType",
  "constraint",
  "file",
  "line",
  "routine",
] as const;

/**
 * Serves one `POST /sql`: `{ query, params }` answers one result; `{ queries }` runs all in one transaction
 * and answers `{ results }`. If Postgres rejects a statement, the answer is 400 with the fields of its error.
 * If the database cannot be reached, it is 502. Neither is thrown. A malformed request throws `HttpError`
 * 400.
 */
export async function serveSql(
  postgres: PostgresBackend,
  headers: IncomingHttpHeaders,
  body: string,
): Promise<Answer> {
  const parsed = sqlRequest.safeParse(parseJson(body));
  if (!parsed.success) throw new HttpError(400, z.prettifyError(parsed.error));
  const transaction = readTransaction(headers);
  const shape = {
    arrays: readFlag(headers, "neon-array-mode"),
    rawText: readFlag(headers, "neon-raw-text-output"),
  };
  try {
    checkCredentials(headers, postgres.url);
    if (!("queries" in parsed.data))
      return jsonAnswer(200, present(await postgres.runOne(parsed.data), shape));
    const results = await postgres.runBatch(parsed.data.queries, transaction);
    return jsonAnswer(200, { results: results.map((result) => present(result, shape)) });
  } catch (caught) {
    return presentError(caught);
  }
}

interface Shape {
  arrays: boolean;
  rawText: boolean;
}

function present({ command, rowCount, fields, rows }: StatementResult, { arrays, rawText }: Shape): unknown {
  const values = rawText
    ? rows
    : rows.map((row) => row.map((text, index) => decodeText(text, fields[index]?.dataTypeID ?? 0)));
  return {
    command,
    rowCount,
    rowAsArray: arrays,
    fields,
    rows: arrays
      ? values
      : values.map((row) =>
          Object.fromEntries(row.map((value, index) => [fields[index]?.name ?? "", value])),
        ),
  };
}

function presentError(caught: unknown): Answer {
  if (caught instanceof HttpError) throw caught;
  if (caught instanceof pg.DatabaseError) {
    const fields = Object.fromEntries(errorFields.map((field) => [field, caught[field] ?? null]));
    return jsonAnswer(400, { message: caught.message, ...fields });
  }
  if (caught instanceof CredentialError) {
    return jsonAnswer(400, { message: caught.message, severity: "FATAL", code: caught.code });
  }
  return jsonAnswer(502, { message: `the database cannot be reached: ${messageOf(caught)}` });
}

function readTransaction(headers: IncomingHttpHeaders): TransactionOptions {
  const level = headers["neon-batch-isolation-level"];
  const isolationLevel = level === undefined ? null : isolationLevels[String(level)];
  if (isolationLevel === undefined) {
    throw new HttpError(
      400,
      `Neon-Batch-Isolation-Level must be one of ${Object.keys(isolationLevels).join(", ")}`,
    );
  }
  return {
    isolationLevel,
    readOnly: readFlag(headers, "neon-batch-read-only"),
    deferrable: readFlag(headers, "neon-batch-deferrable"),
  };
}

function readFlag(headers: IncomingHttpHeaders, name: string): boolean {
  const value = headers[name];
  if (value === undefined || value === "false") return false;
  if (value === "true") return true;
  throw new HttpError(400, `header ${name} must be true or false`);
}

class CredentialError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Rejects a connection string with another user, password or database than the gateway's, as the real service
 * does. The header also keeps web pages out, which cannot send it without permission.
 */
function checkCredentials(headers: IncomingHttpHeaders, served: URL): void {
  const text = headers["neon-connection-string"];
  if (typeof text !== "string") throw new HttpError(400, "header Neon-Connection-String is missing");
  if (!URL.canParse(text)) throw new HttpError(400, "header Neon-Connection-String is not a URL");
  const given = new URL(text);
  if (given.username !== served.username || !isSameSecret(given.password, served.password)) {
    throw new CredentialError(
      "28P01",
      `password authentication failed for user "${decodeURIComponent(given.username)}"`,
    );
  }
  if (given.pathname !== served.pathname) {
    throw new CredentialError(
      "3D000",
      `database "${decodeURIComponent(given.pathname.slice(1))}" does not exist`,
    );
  }
}
