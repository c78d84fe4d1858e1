/** Single integers that an instrument stores by name. An absent name was never written. */
export class Meta {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  read(name: string): number | undefined {
    return this.#sql.exec<{ value: number }>("SELECT value FROM meta WHERE name = ?", name).toArray()[0]
      ?.value;
  }

  write(name: string, value: number): void {
    this.#sql.exec("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", name, value);
  }

  remove(name: string): void {
    this.#sql.exec("DELETE FROM meta WHERE name = ?", name);
  }
}
