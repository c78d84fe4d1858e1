import type { HttpAnswer } from "../system/support/http-client.ts";

/** What clients did and were answered. */
export class TradeCounts {
  /** Orders sent for the first time. */
  sent = 0;
  acknowledged = 0;
  /** Orders without an answer at first. A repeat then returned the stored outcome, or placed them. */
  unknown = 0;
  resolvedStored = 0;
  resolvedAnew = 0;
  cancelsSent = 0;
  cancelled = 0;
  cancelsUnknown = 0;
  /** Known outcomes that were requested again. */
  repeats = 0;
  readonly rejects = new Map<string, number>();

  /** Counts a refusal by its code. */
  reject({ body }: HttpAnswer): void {
    const { code } = JSON.parse(body);
    this.rejects.set(code, (this.rejects.get(code) ?? 0) + 1);
  }

  static sum(all: readonly TradeCounts[]): TradeCounts {
    const total = new TradeCounts();
    for (const counts of all) {
      for (const name of NUMBERS) total[name] += counts[name];
      for (const [code, count] of counts.rejects)
        total.rejects.set(code, (total.rejects.get(code) ?? 0) + count);
    }
    return total;
  }
}

const NUMBERS = [
  ...(["sent", "acknowledged", "unknown", "resolvedStored", "resolvedAnew"] as const),
  ...(["cancelsSent", "cancelled", "cancelsUnknown", "repeats"] as const),
];
