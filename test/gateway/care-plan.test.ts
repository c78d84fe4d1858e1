import { describe, expect, test } from "vitest";
import {
  CARE_LIMITS,
  isCheckpointDue,
  type TableReading,
  tablesToVacuum,
} from "../../dev/gateway/embedded/care-plan.ts";

const MEGABYTE = 1024 * 1024;
const table = (name: string, fields: Partial<TableReading> = {}): TableReading => ({
  name,
  liveRows: 100_000,
  deadRows: 0,
  insertedRows: 0,
  bytes: 100 * MEGABYTE,
  ageTransactions: 1_000,
  wasVacuumed: true,
  ...fields,
});
const due = (...tables: TableReading[]) => tablesToVacuum(tables, CARE_LIMITS).map(({ name }) => name);

test.each([
  { walBytes: 0, elapsedMs: 0, isDue: false },
  { walBytes: 32 * MEGABYTE - 1, elapsedMs: 0, isDue: false },
  { walBytes: 32 * MEGABYTE, elapsedMs: 0, isDue: true },
  { walBytes: 1, elapsedMs: 5 * 60_000 - 1, isDue: false },
  { walBytes: 1, elapsedMs: 5 * 60_000, isDue: true },
  // Nothing was written, so a checkpoint would only wake the disk.
  { walBytes: 0, elapsedMs: 24 * 60 * 60_000, isDue: false },
])("a checkpoint at $walBytes bytes after $elapsedMs ms: $isDue", ({ isDue, ...reading }) => {
  expect(isCheckpointDue(reading, CARE_LIMITS)).toBe(isDue);
});

describe("the vacuum of a table of 100,000 rows", () => {
  test.each<[string, Partial<TableReading>, boolean]>([
    ["is not due at rest", {}, false],
    ["is not due at 14,999 dead rows", { deadRows: 14_999 }, false],
    ["is due at 15,000 dead rows", { deadRows: 15_000 }, true],
    ["is not due at 14,999 new rows", { insertedRows: 14_999 }, false],
    ["is due at 15,000 new rows", { insertedRows: 15_000 }, true],
    ["is not due at an age of 199,999,999", { ageTransactions: 199_999_999 }, false],
    ["is due at an age of 200,000,000", { ageTransactions: 200_000_000 }, true],
    ["is due where its dead rows are unknown", { wasVacuumed: false, bytes: MEGABYTE }, true],
    ["is not due where they are unknown and few", { wasVacuumed: false, bytes: MEGABYTE - 1 }, false],
  ])("%s", (_, fields, isDue) => {
    expect(due(table("orders", fields))).toEqual(isDue ? ["orders"] : []);
  });
});

test("a small table is vacuumed at 5,000 dead rows, not at every tenth row", () => {
  expect(due(table("small", { liveRows: 3, deadRows: 4_999 }))).toEqual([]);
  expect(due(table("small", { liveRows: 0, deadRows: 5_000 }))).toEqual(["small"]);
});

test("the table that is furthest beyond its limit comes first", () => {
  const tables = [
    table("dead", { deadRows: 30_000 }),
    table("none"),
    table("new", { insertedRows: 45_000 }),
    table("old", { ageTransactions: 250_000_000 }),
  ];
  expect(due(...tables)).toEqual(["new", "dead", "old"]);
});
