import { WorkerEntrypoint } from "cloudflare:workers";
import type { Env } from "./env.ts";

/**
 * Waits for objects. Each call starts with the host's current clock, so that it waits for the requested time
 * even if the clock is set before or meanwhile.
 */
export class Timer extends WorkerEntrypoint<Env> {
  async wait(milliseconds: number): Promise<void> {
    await scheduler.wait(milliseconds);
  }

  /** Returns at once. The instrument itself handles the outcome of the call: it logs failures and retries. */
  ringLater(instrument: string, milliseconds: number): void {
    const rung = scheduler.wait(milliseconds).then(() => this.env.INSTRUMENT.getByName(instrument).ring());
    this.ctx.waitUntil(rung);
  }
}
