/** What a demo has done so far. */
export class Totals {
  /** Orders that the venue accepted. */
  placed = 0;
  /** Orders that were completely filled, at once or later. */
  filled = 0;
  cancelled = 0;
  rejected = 0;
  trades = 0;

  toString(): string {
    const { placed, filled, cancelled, rejected, trades } = this;
    return Object.entries({ placed, filled, cancelled, rejected, trades })
      .map(([name, count]) => `${name} ${count.toLocaleString("en-US")}`)
      .join("  ");
  }
}
