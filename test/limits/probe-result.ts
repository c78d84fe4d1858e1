export interface ProberOptions {
  readonly url: string;
  readonly client: string;
  /** The neighbours: two that trade with each other or, if nothing trades, one with resting orders. */
  readonly neighbours: "trade" | "rest";
}

/** The measurements of one kind of probe. */
export interface ProbeTimes {
  readonly answeredCount: number;
  /** The time of each answer after the warm-up, from the sending of its request. */
  readonly timesMs: readonly number[];
  readonly failures: readonly string[];
}

export interface ProbeResult {
  readonly read: ProbeTimes;
  readonly order: ProbeTimes;
  readonly ping: ProbeTimes;
}
