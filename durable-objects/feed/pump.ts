import type { Clock } from "../runtime/clock.ts";
import type { Session } from "./session.ts";

/** The sends in one turn of the event loop. They take about a millisecond. */
export const SENDS_A_TURN = 32;
/**
 * After each turn the object does other work for twice the time of its sends, which take about 30 µs each.
 */
const PAUSE_MS_A_SEND = 0.06;

interface Round {
  readonly key: string;
  readonly text: string;
  readonly sessions: readonly Session[];
}

/**
 * Sends a channel's messages to its subscribers. With few subscribers it sends at once; with many it sends in
 * turns, with a pause after each. The object's other work is never delayed for long, and gets most of the
 * time.
 */
export class Pump {
  readonly #clock: Clock;
  readonly #follows: (session: Session, key: string) => boolean;
  readonly #whenFree: () => void;
  readonly #rounds: Round[] = [];
  #isBusy = false;

  /**
   * @param follows whether a subscriber still has a channel. One that begins it anew must not get older
   * messages.
   * @param whenFree called when a round to many subscribers is sent and the pause is over.
   */
  constructor(clock: Clock, follows: (session: Session, key: string) => boolean, whenFree: () => void) {
    this.#clock = clock;
    this.#follows = follows;
    this.#whenFree = whenFree;
  }

  /** Whether a round to many subscribers is in progress, or its pause. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  send(key: string, text: string, sessions: ReadonlySet<Session>): void {
    // A message must not overtake another message of its channel.
    const isFree = !this.#isBusy || !this.#rounds.some((round) => round.key === key);
    if (isFree && sessions.size <= SENDS_A_TURN) {
      for (const session of sessions) session.send(text);
      return;
    }
    this.#rounds.push({ key, text, sessions: [...sessions] });
    if (!this.#isBusy) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isBusy = true;
    for (let round = this.#rounds[0]; round !== undefined; round = this.#rounds[0]) {
      const { key, text, sessions } = round;
      for (let from = 0; from < sessions.length; from += SENDS_A_TURN) {
        const turn = sessions.slice(from, from + SENDS_A_TURN);
        for (const session of turn) if (this.#follows(session, key)) session.send(text);
        await this.#clock.wait(turn.length * PAUSE_MS_A_SEND);
      }
      this.#rounds.shift();
    }
    this.#isBusy = false;
    this.#whenFree();
  }
}
