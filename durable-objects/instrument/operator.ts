import type { OperatorStatus, VerificationReport } from "../../protocol/operation.ts";
import { type Answer, answer } from "./answer.ts";
import type { Gate } from "./gate.ts";
import type { MetricsReading } from "./metrics.ts";

/** What an operator does to an instrument, besides looking at its status. */
export const OPERATIONS = ["freeze", "unfreeze", "verify"] as const;
export type Operation = (typeof OPERATIONS)[number] | "status";

/** What the operator needs of the instrument. */
export interface OperatedInstrument {
  readonly gate: Gate;
  readonly readMetrics: () => MetricsReading;
  readonly epoch: () => number;
  readonly verify: () => Promise<VerificationReport>;
}

/** Carries out what operators ask of an instrument. */
export class Operator {
  readonly #instrument: OperatedInstrument;

  constructor(instrument: OperatedInstrument) {
    this.#instrument = instrument;
  }

  run(operation: Operation): Answer | Promise<Answer> {
    switch (operation) {
      case "freeze":
        return this.#freeze();
      case "unfreeze":
        return this.#unfreeze();
      case "verify":
        return this.#verify();
      case "status":
        return this.#statusAnswer();
    }
  }

  #freeze(): Answer {
    const { gate } = this.#instrument;
    gate.status = "frozen";
    return this.#statusAnswer();
  }

  #unfreeze(): Answer {
    const { gate } = this.#instrument;
    gate.status = "trading";
    return this.#statusAnswer();
  }

  async #verify(): Promise<Answer> {
    return answer(200, JSON.stringify(await this.#instrument.verify()));
  }

  #statusAnswer(): Answer {
    return answer(200, JSON.stringify(this.#status()));
  }

  #status(): OperatorStatus {
    const reading = this.#instrument.readMetrics();
    return {
      instrument: reading.instrument,
      trading_status: reading.tradingStatus,
      epoch: this.#instrument.epoch(),
      sequence: reading.sequence,
      resting_orders: reading.restingOrders,
      storage_bytes: reading.storageBytes,
      sinks: reading.outbox.map((health) => ({
        sink: health.sink,
        last_sequence: health.lastSequence,
        lag_events: health.lagEvents,
        last_error: health.lastError,
      })),
    };
  }
}
