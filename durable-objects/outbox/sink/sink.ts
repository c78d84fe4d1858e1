/** A consumer of an instrument's events outside the object. */
export interface Sink {
  readonly name: string;
  /** Whether one call ships everything, so that it pays to let events collect before the next. */
  readonly isConflated?: boolean;
  /**
   * Ships the next batch of events after a sequence.
   * @returns the last sequence that is now shipped.
   * @throws if it must be retried later. A repeat is harmless.
   */
  ship(afterSequence: number): Promise<number>;
  /**
   * The number of rows that the sink has rejected permanently and that are unresolved, as of its last answer.
   */
  deadRows?(): number;
}
