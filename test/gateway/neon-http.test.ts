import { NeonDbError, type NeonQueryFunction, neon, neonConfig } from "@neondatabase/serverless";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Gateway, startGateway } from "../../dev/gateway/gateway.ts";
import { memoryImage } from "./memory-image.ts";
import { createDatabase, databaseKinds, type TestDatabase, title } from "./services.ts";

async function refusal(promise: Promise<unknown>): Promise<NeonDbError> {
  const caught = await promise.then(
    () => new Error("nothing was refused"),
    (error: unknown) => error,
  );
  if (caught instanceof NeonDbError) return caught;
  throw caught;
}

for (const kind of await databaseKinds()) {
  describe.skipIf(kind.reason !== null)(title(`Neon's HTTP protocol over ${kind.name}`, kind.reason), () => {
    let database: TestDatabase;
    let gateway: Gateway;
    let sql: NeonQueryFunction<false, false>;

    beforeAll(async () => {
      database = await createDatabase(kind.name);
      gateway = await startGateway({ postgres: database.source });
      neonConfig.fetchEndpoint = `${gateway.url}/sql`;
      sql = neon(database.url);
      await sql`CREATE TABLE account (id int PRIMARY KEY, owner text NOT NULL, balance numeric(20, 8))`;
    });
    afterAll(async () => {
      await gateway?.close();
      await database?.drop();
    });

    test("values of every type arrive as the driver would read them from Postgres", async () => {
      const [row] = await sql`
        SELECT 7::int AS small, 9007199254740993::bigint AS big, 0.30000000000000004::numeric AS exact,
               true AS flag, NULL::text AS nothing, 'Zoë ☂ \\'::text AS words, ARRAY[1, 2]::int[] AS list,
               '{"a":[1,null]}'::jsonb AS document, '2026-11-23T12:00:00.123Z'::timestamptz AS moment`;
      expect(row).toEqual({
        small: 7,
        big: "9007199254740993",
        exact: "0.30000000000000004",
        flag: true,
        nothing: null,
        words: "Zoë ☂ \\",
        list: [1, 2],
        document: { a: [1, null] },
        moment: new Date("2026-11-23T12:00:00.123Z"),
      });
    });

    test("parameters of every kind reach Postgres", async () => {
      const bytes = Buffer.from([0, 255, 10]);
      const [row] = await sql`
        SELECT ${1.5}::float8 AS number, ${"it's"}::text AS text, ${null}::int AS nothing, ${false}::bool AS flag,
               ${["a", 'b"']}::text[] AS list, ${{ k: 1 }}::jsonb AS document, ${bytes}::bytea AS bytes`;
      expect(row).toEqual({
        number: 1.5,
        text: "it's",
        nothing: null,
        flag: false,
        list: ["a", 'b"'],
        document: { k: 1 },
        bytes,
      });
    });

    test("full results carry command, count and field types", async () => {
      const result = await sql.query("SELECT 1::int8 AS a, 'x'::text AS b", [], {
        fullResults: true,
        arrayMode: true,
      });
      expect(result).toMatchObject({ command: "SELECT", rowCount: 1, rowAsArray: true, rows: [["1", "x"]] });
      expect(result.fields).toMatchObject([
        { name: "a", dataTypeID: 20, dataTypeSize: 8, format: "text" },
        { name: "b", dataTypeID: 25, tableID: 0, columnID: 0 },
      ]);
    });

    test("a refused statement throws with the fields of Postgres's error", async () => {
      await sql`INSERT INTO account VALUES (1, 'ada', 0)`;
      const duplicate = await refusal(sql`INSERT INTO account VALUES (1, 'bob', 0)`);
      expect(duplicate).toMatchObject({
        severity: "ERROR",
        code: "23505",
        detail: "Key (id)=(1) already exists.",
        schema: "public",
        table: "account",
        constraint: "account_pkey",
      });
      expect(duplicate.message).toContain("duplicate key value");
      const misspelt = await refusal(sql`SELECT blance FROM account`);
      expect(misspelt).toMatchObject({ code: "42703", position: "8", routine: "errorMissingColumn" });
      expect(misspelt.hint).toContain("account.balance");
    });

    test("a batch is one transaction: the error of one undoes all", async () => {
      const results = await sql.transaction([
        sql`INSERT INTO account VALUES (10, 'a', 1)`,
        sql`SELECT count(*)::int AS n FROM account WHERE id = 10`,
      ]);
      expect(results).toEqual([[], [{ n: 1 }]]);
      const error = await refusal(
        sql.transaction([
          sql`INSERT INTO account VALUES (11, 'b', 1)`,
          sql`INSERT INTO account VALUES (10, 'c', 1)`,
        ]),
      );
      expect(error.code).toBe("23505");
      expect(await sql`SELECT id FROM account WHERE id IN (10, 11)`).toEqual([{ id: 10 }]);
    });

    test("a batch runs at the isolation level and access mode that the driver requests", async () => {
      const show = () => [
        sql`SELECT current_setting('transaction_isolation') AS level`,
        sql`SELECT current_setting('transaction_read_only') AS read_only`,
        sql`SELECT current_setting('transaction_deferrable') AS deferrable`,
      ];
      expect((await sql.transaction(show())).flat()).toEqual([
        { level: "read committed" },
        { read_only: "off" },
        { deferrable: "off" },
      ]);
      const options = { isolationLevel: "Serializable", readOnly: true, deferrable: true } as const;
      expect((await sql.transaction(show(), options)).flat()).toEqual([
        { level: "serializable" },
        { read_only: "on" },
        { deferrable: "on" },
      ]);
      const write = await refusal(sql.transaction([sql`DELETE FROM account`], { readOnly: true }));
      expect(write.code).toBe("25006");
    });

    test("a thousand rows go in with one unnest", async () => {
      const ids = Array.from({ length: 1_000 }, (_, index) => 1_000 + index);
      await sql.transaction(
        [sql`INSERT INTO account SELECT id, 'bulk', 0.00000001 FROM unnest(${ids}::int[]) AS batch (id)`],
        { isolationLevel: "Serializable" },
      );
      const [sum] =
        await sql`SELECT count(*)::int AS n, sum(balance) AS total FROM account WHERE owner = 'bulk'`;
      expect(sum).toEqual({ n: 1_000, total: "0.00001000" });
    });

    test("a transaction opened by a single statement does not reach the next request", async () => {
      await sql`BEGIN`;
      await Promise.all(
        Array.from({ length: 12 }, async (_, index) => {
          await sql`INSERT INTO account VALUES (${100 + index}, 'leak', 0)`;
        }),
      );
      await sql`ROLLBACK`;
      expect(await sql`SELECT count(*)::int AS n FROM account WHERE owner = 'leak'`).toEqual([{ n: 12 }]);
    });

    test("two statements in one are refused, as by the real service", async () => {
      expect((await refusal(sql.query("SELECT 1; SELECT 2"))).code).toBe("42601");
    });

    test("a connection string for another database is refused, as by Postgres", async () => {
      const wrongPassword = new URL(database.url);
      wrongPassword.password = "wrong";
      expect((await refusal(neon(wrongPassword.href)`SELECT 1`)).code).toBe("28P01");
      const wrongDatabase = new URL(database.url);
      wrongDatabase.pathname = "/elsewhere";
      expect((await refusal(neon(wrongDatabase.href)`SELECT 1`)).code).toBe("3D000");
    });

    test("without the driver's headers, rows are objects and plain types are native JSON", async () => {
      const response = await fetch(`${gateway.url}/sql`, {
        method: "POST",
        headers: { "neon-connection-string": database.url },
        body: JSON.stringify({
          query: "SELECT 1::int4 AS a, true AS b, 5::int8 AS c, '[2]'::json AS d, 'NaN'::float8 AS e",
        }),
      });
      const answer = await response.json();
      expect(answer).toMatchObject({
        rowAsArray: false,
        rows: [{ a: 1, b: true, c: "5", d: [2], e: "NaN" }],
      });
    });

    test.each([
      ["no JSON", "{", {}, "not valid JSON"],
      ["no query", "{}", {}, "{ query, params }"],
      ["a query that is no text", '{"query":1}', {}, "{ query, params }"],
      [
        "an unknown isolation level",
        '{"query":"SELECT 1"}',
        { "neon-batch-isolation-level": "Chaos" },
        "Serializable",
      ],
      ["a flag that is none", '{"query":"SELECT 1"}', { "neon-batch-read-only": "maybe" }, "true or false"],
      ["no connection string", '{"query":"SELECT 1"}', { "neon-connection-string": "" }, "Connection-String"],
    ])("a request with %s is 400 with the reason", async (_, body, headers, words) => {
      const response = await fetch(`${gateway.url}/sql`, {
        method: "POST",
        headers: { "neon-connection-string": database.url, ...headers },
        body,
      });
      expect(response.status).toBe(400);
      expect(((await response.json()) as { message: string }).message).toContain(words);
    });

    test("other paths and methods are refused, and /healthz checks the configured backends", async () => {
      expect((await fetch(`${gateway.url}/elsewhere`)).status).toBe(404);
      expect((await fetch(`${gateway.url}/sql`)).status).toBe(405);
      const health = await fetch(`${gateway.url}/healthz`);
      expect(health.status).toBe(200);
      expect(await health.json()).toEqual({ ok: true, postgres: { ok: true }, redis: "not configured" });
    });

    test.runIf(kind.name === "postgres")("transactions of two requests do conflict", async () => {
      const total = sql`UPDATE account SET balance = (SELECT count(*) FROM account) WHERE id = 1`;
      const attempt = () =>
        sql.transaction([total, sql`SELECT pg_sleep(0.1)`], { isolationLevel: "Serializable" }).then(
          () => "committed",
          (error: NeonDbError) => error.code,
        );
      expect((await Promise.all([attempt(), attempt()])).sort()).toEqual(["40001", "committed"]);
    });
  });
}

test("a gateway with a database of its own serves it, and closes with it", async () => {
  const gateway = await startGateway({ postgres: { embedded: { image: await memoryImage() } } });
  neonConfig.fetchEndpoint = `${gateway.url}/sql`;
  expect(await neon(gateway.databaseUrl)`SELECT 1 AS one`).toEqual([{ one: 1 }]);
  await Promise.all([gateway.close(), gateway.close()]);
  await expect(fetch(`${gateway.url}/healthz`)).rejects.toThrow("fetch failed");
});

test("a database that cannot be reached is a server error, not an error of Postgres", async () => {
  const url = "postgres://nobody:nothing@127.0.0.1:1/none";
  const gateway = await startGateway({ postgres: { url } });
  try {
    neonConfig.fetchEndpoint = `${gateway.url}/sql`;
    const error = await refusal(neon(url)`SELECT 1`);
    expect(error.message).toContain("HTTP status 502");
    expect(error.code).toBeUndefined();
    const health = await fetch(`${gateway.url}/healthz`);
    expect(health.status).toBe(503);
    expect(await health.json()).toMatchObject({ ok: false, postgres: { ok: false } });
  } finally {
    await gateway.close();
  }
});
