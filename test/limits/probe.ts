import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { ProbeResult, ProberOptions } from "./probe-result.ts";

/** A prober that runs, in a thread of its own, so that nothing this one does is taken for the venue's. */
export class Probe {
  readonly #worker: Worker;

  private constructor(worker: Worker) {
    this.#worker = worker;
  }

  /** Starts, and waits until the venue is warm. @throws where the thread fails. */
  static async start(options: ProberOptions): Promise<Probe> {
    const worker = new Worker(new URL("./prober.ts", import.meta.url), { workerData: options });
    await once(worker, "message");
    return new Probe(worker);
  }

  /** Lets what waits be answered, and ends. @throws where the thread fails. */
  async stop(): Promise<ProbeResult> {
    const result = once(this.#worker, "message");
    this.#worker.postMessage("stop");
    const [probes] = (await result) as [ProbeResult];
    await this.#worker.terminate();
    return probes;
  }
}
