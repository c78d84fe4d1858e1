/** The intervals of candles, with their lengths in milliseconds. */
export const INTERVAL_MS = {
  "1s": 1_000,
  "1m": 60_000,
  "5m": 300_000,
  "15m": 900_000,
  "1h": 3_600_000,
  "4h": 14_400_000,
  "1d": 86_400_000,
} as const;
export type CandleInterval = keyof typeof INTERVAL_MS;
export const CANDLE_INTERVALS = Object.keys(INTERVAL_MS) as [CandleInterval, ...CandleInterval[]];

/** The start of the interval that contains a time, both in milliseconds since the Unix epoch. */
export function intervalStart(timeMs: number, interval: CandleInterval): number {
  const stepMs = INTERVAL_MS[interval];
  return Math.floor(timeMs / stepMs) * stepMs;
}
