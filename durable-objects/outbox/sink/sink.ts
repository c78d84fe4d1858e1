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
