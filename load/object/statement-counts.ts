/** What was asked of SQLite since the last reading. */
export interface StatementCounts {
  statements: number;
  rowsWritten: number;
}
