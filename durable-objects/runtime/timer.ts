import { WorkerEntrypoint } from "cloudflare:workers";
import type { Env } from "./env.ts";

/**
 * Waits for objects. Each call begins with the host's clock as it is, so that it waits for as long as it is
 * asked to, whatever became of the clock before or becomes of it meanwhile.
 */
export class Timer extends WorkerEntrypoint<Env> {
  async wait(milliseconds: number): Promise<void> {
    await scheduler.wait(milliseconds);
  }

  /** Returns at once. What becomes of the call is the instrument's own affair: it logs and tries again. */
  ringLater(instrument: string, milliseconds: number): void {
    const rung = scheduler.wait(milliseconds).then(() => this.env.INSTRUMENT.getByName(instrument).ring());
    this.ctx.waitUntil(rung);
  }
}
