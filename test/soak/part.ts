/** Something that a soak can kill and bring back: a server, or the venue. */
export interface Startable {
  start(): Promise<void>;
  kill(): Promise<void>;
}

/** One part of a soak, with how often it was killed. */
export class Part {
  readonly #startable: Startable;
  /** Grows before the kill: whoever finds it grown knows that a failure may be the kill's. */
  killCount = 0;
  isUp = true;
  /** It is about to be killed: whoever keeps a pace may drop it, so that the kill strikes much at once. */
  isRushed = false;

  constructor(startable: Startable) {
    this.#startable = startable;
  }

  /** A rush, then SIGKILL, and nothing in its place for as long as `pause` takes. */
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
