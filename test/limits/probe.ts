import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { ProbeResult, ProberOptions } from "./probe-result.ts";

/** A running prober, in a separate thread, so that the work of this thread does not count as the venue's. */
export class Probe {
  readonly #worker: Worker;

  private constructor(worker: Worker) {
    this.#worker = worker;
  }

  /** Starts, and waits until the venue is warm. @throws if the thread fails. */
  static async start(options: ProberOptions): Promise<Probe> {
    const worker = new Worker(new URL("./prober.ts", import.meta.url), { workerData: options });
    await once(worker, "message");
    return new Probe(worker);
  }

  /** Waits for outstanding answers, and ends. @throws if the thread fails. */
  async stop(): Promise<ProbeResult> {
    const result = once(this.#worker, "message");
    this.#worker.postMessage("stop");
    const [probes] = (await result) as [ProbeResult];
    await this.#worker.terminate();
    return probes;
  }
}
