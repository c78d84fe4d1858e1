export interface ProberOptions {
  readonly url: string;
  readonly client: string;
  /** What neighbours do: two that trade with each other, or, where nothing trades, one whose orders rest. */
  readonly neighbours: "trade" | "rest";
}

/** What one kind of probe saw. */
export interface ProbeTimes {
  readonly answeredCount: number;
  /** Of each that was answered once the venue was warm, from when it was sent. */
  readonly timesMs: readonly number[];
  readonly failures: readonly string[];
}

export interface ProbeResult {
  readonly read: ProbeTimes;
  readonly order: ProbeTimes;
  readonly ping: ProbeTimes;
}
