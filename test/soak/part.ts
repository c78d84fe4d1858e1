import { setTimeout as sleep } from "node:timers/promises";

/** A part that a soak can kill and restart: a server, or the venue. */
export interface Startable {
  start(): Promise<void>;
  kill(): Promise<void>;
}

/** For this long, calls may still meet connections that a disturbance has ended. */
const DISTURBED_MS = 500;

/** One part of a soak, with the number of its kills. */
export class Part {
  readonly #startable: Startable;
  #disturbances = 0;
  /**
   * Increases before the kill. If it has increased during a call, the kill may be the reason of a failure.
   */
  killCount = 0;
  isUp = true;
  /** The part is about to be killed: traders may stop pausing, so that the kill hits much work. */
  isRushed = false;

  constructor(startable: Startable) {
    this.#startable = startable;
  }

  /** Disturbs something that calls depend on while the part is up. */
  async disturb(run: () => Promise<void>): Promise<void> {
    this.#disturbances++;
    try {
      await run();
      await sleep(DISTURBED_MS);
    } finally {
      this.#disturbances--;
      this.killCount++;
    }
  }

  /** Whether a call may have failed for a kill or a disturbance. @param killCount as it was before the call. */
  mayHaveFailed(killCount: number): boolean {
    return this.killCount !== killCount || this.#disturbances > 0;
  }

  /** A rush, then SIGKILL, then a pause before the restart. */
  async killDuring(rush: () => Promise<void>, pause: () => Promise<void>): Promise<void> {
    this.isRushed = true;
    await rush();
    this.isRushed = false;
    this.isUp = false;
    this.killCount++;
    await this.#startable.kill();
    await pause();
    await this.#startable.start();
    this.isUp = true;
  }
}
