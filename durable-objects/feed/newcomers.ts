import type { Clock } from "../runtime/clock.ts";
import type { Session } from "./session.ts";

/** After what begins a long channel is sent to one, the object does other things for so long. */
const PAUSE_MS = 20;

/** Who is to begin a channel, and how, when the others were told all there is and its snapshot is made. */
export class Newcomers {
  readonly #clock: Clock;
  readonly #byKey = new Map<string, Map<Session, () => void>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param enter called once, unless the session is to begin the channel anew before. */
  await(key: string, session: Session, enter: () => void): void {
    const waiting = this.#byKey.get(key) ?? new Map<Session, () => void>();
    this.#byKey.set(key, waiting.set(session, enter));
  }

  has(key: string): boolean {
    return this.#byKey.has(key);
  }

  /** Lets in all that wait for a channel. */
  admit(key: string): void {
    const waiting = this.#byKey.get(key);
    this.#byKey.delete(key);
    for (const enter of waiting?.values() ?? []) enter();
  }

  /** Lets them in one a turn, as each is sent much, while the channel may be begun. */
  async admitInTurn(key: string, mayBegin: () => boolean): Promise<void> {
    for (const [session, enter] of [...(this.#byKey.get(key) ?? [])]) {
      if (!mayBegin()) return;
      const waiting = this.#byKey.get(key);
      if (waiting?.get(session) !== enter) continue;
      waiting.delete(session);
      if (waiting.size === 0) this.#byKey.delete(key);
      enter();
      await this.#clock.wait(PAUSE_MS);
    }
  }
}
