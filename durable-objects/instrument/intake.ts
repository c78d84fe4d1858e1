import type { Answer } from "../calls/answer.ts";
import { type CallLine, readLine } from "../calls/call.ts";
import type { Journal } from "../journal/journal.ts";
import { answerRefused, keyedOf, refuse } from "./flush/answered.ts";
import type { Gate } from "./flush/gate.ts";
import type { InstrumentMetrics } from "./flush/metrics.ts";
import type { Quarantine } from "./flush/quarantine.ts";
import type { Origin } from "./rebuild/origin.ts";
import { LATE, OVERLOADED, type Sequencer } from "./sequencer.ts";

/** The parts that requests pass on their way to a flush. */
interface TakenTo {
  readonly gate: Gate;
  readonly origin: Origin;
  readonly quarantine: Quarantine;
  readonly sequencer: Sequencer;
  readonly journal: Journal;
  readonly metrics: InstrumentMetrics;
}

/** Takes requests in. It refuses those that must not reach a flush, and queues the others. */
export class Intake {
  readonly #to: TakenTo;

  constructor(to: TakenTo) {
    this.#to = to;
  }

  /**
   * @param commands the number of commands in the request.
   * @param withinMs the milliseconds within which the request must reach a flush. Later it is refused.
   */
  submit(line: CallLine, commands: number, withinMs = Number.POSITIVE_INFINITY): Promise<Answer> | Answer {
    const { gate, origin } = this.#to;
    if (gate.isOriginKnown) return this.#enqueue(line, commands, withinMs);
    return origin.settle().then(() => this.#enqueue(line, commands, withinMs));
  }

  #enqueue(line: CallLine, commands: number, withinMs: number): Promise<Answer> | Answer {
    const { quarantine, sequencer } = this.#to;
    const standing = quarantine.standing(line);
    if (typeof standing === "object") return answerRefused(this.#to, keyedOf(readLine(line)), standing);
    if (sequencer.isFull) return refuse(this.#to, OVERLOADED);
    const isAlone = standing === "alone";
    return sequencer.submit({ line, commands, isAlone, withinMs, late: () => refuse(this.#to, LATE) });
  }
}
