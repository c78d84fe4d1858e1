import { isoTime } from "../../protocol/iso-time.ts";
import type { OperatorStatus, VerificationReport } from "../../protocol/operation.ts";
import { type Answer, answer, problemAnswer } from "../calls/answer.ts";
import type { Operation } from "../calls/instrument-calls.ts";
import type { MetricsReading } from "../calls/readings.ts";
import type { Gate } from "./flush/gate.ts";
import type { Quarantine } from "./flush/quarantine.ts";
import type { Rebuilder } from "./rebuild/rebuild.ts";

/** The parts of the instrument that operators act on. */
export interface OperatedInstrument {
  readonly gate: Gate;
  readonly quarantine: Quarantine;
  readonly read: () => MetricsReading;
  readonly epoch: () => number;
  readonly verify: () => Promise<VerificationReport>;
  readonly rebuilder: Rebuilder;
}

/** Carries out operators' requests to an instrument. */
export class Operator {
  readonly #instrument: OperatedInstrument;

  constructor(instrument: OperatedInstrument) {
    this.#instrument = instrument;
  }

  /** @param adopted the venue whose rows a rebuild takes over; see `Rebuilder`. */
  run(operation: Operation, adopted?: string): Answer | Promise<Answer> {
    switch (operation) {
      case "freeze":
        return this.#freeze();
      case "unfreeze":
        return this.#unfreeze();
      case "release":
        this.#instrument.quarantine.release();
        return this.#statusAnswer();
      case "verify":
        return this.#verify();
      case "rebuild":
        return this.#instrument.rebuilder.run(false, adopted);
      case "rebuild_discarding":
        return this.#instrument.rebuilder.run(true, adopted);
      case "status":
        return this.#statusAnswer();
    }
  }

  #freeze(): Answer {
    const { gate } = this.#instrument;
    if (gate.status === "trading") gate.change("frozen", "operator");
    return this.#statusAnswer();
  }

  #unfreeze(): Answer {
    const { gate } = this.#instrument;
    if (gate.status === "lost") {
      const detail = "the instrument's storage is lost: rebuild the instrument first";
      return problemAnswer({ code: "operation_refused", detail });
    }
    gate.change("trading", "operator");
    this.#instrument.quarantine.resume();
    return this.#statusAnswer();
  }

  async #verify(): Promise<Answer> {
    return answer(200, JSON.stringify(await this.#instrument.verify()));
  }

  #statusAnswer(): Answer {
    return answer(200, JSON.stringify(this.#status()));
  }

  #status(): OperatorStatus {
    const { quarantine, read } = this.#instrument;
    const reading = read();
    return {
      instrument: reading.instrument,
      trading_status: reading.tradingStatus,
      epoch: this.#instrument.epoch(),
      sequence: reading.sequence,
      resting_orders: reading.restingOrders,
      storage_bytes: reading.storageBytes,
      frozen_reason: quarantine.haltReason,
      quarantined_count: quarantine.reading.count,
      quarantined: quarantine.list().map(({ hash, timeMs, error, request }) => ({
        hash,
        time: isoTime(timeMs),
        error,
        request,
      })),
      rebuild: this.#instrument.rebuilder.progress,
      sinks: reading.outbox.map((health) => ({
        sink: health.sink,
        last_sequence: health.lastSequence,
        lag_events: health.lagEvents,
        last_error: health.lastError,
      })),
    };
  }
}
