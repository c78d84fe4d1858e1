/** A consumer of an instrument's events outside of it. */
export interface Sink {
  readonly name: string;
  /** One ship takes all there is, so that it pays to let some gather before the next. */
  readonly isConflated?: boolean;
  /**
   * Ships the next batch of events after a sequence.
   * @returns the last sequence that is now shipped.
   * @throws if it must be tried again later; nothing is lost by trying twice.
   */
  ship(afterSequence: number): Promise<number>;
  /** How many rows the sink has refused for good and an operator has not dealt with, as last heard. */
  deadRows?(): number;
}

/** How a sink is doing. */
export interface SinkHealth {
  readonly sink: string;
  readonly lastSequence: number;
  readonly lagEvents: number;
  /** How long the oldest event that is not shipped has waited. */
  readonly lagSeconds: number;
  /** Failures since the instrument was new. */
  readonly failures: number;
  /**
   * What the last attempt failed with, in words that are safe to show; null where it succeeded. The log has the
   * whole.
   */
  readonly lastError: string | null;
  readonly deadRows: number;
}
