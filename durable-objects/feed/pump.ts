import type { Clock } from "../runtime/clock.ts";
import type { Session } from "./session.ts";

/** So many sends, about a millisecond, are done in one turn of the event loop. */
export const SENDS_A_TURN = 32;
/** After each turn the object does other things for twice the time that its sends took, at some 30 µs each. */
const PAUSE_MS_A_SEND = 0.06;

interface Round {
  readonly key: string;
  readonly text: string;
  readonly sessions: readonly Session[];
}

/**
 * Sends a channel's messages to its subscribers: to few at once, to many a few at a time, with a pause after
 * each turn, so that what else the object does is never held up for long and most of the time is left for it.
 */
export class Pump {
  readonly #clock: Clock;
  readonly #follows: (session: Session, key: string) => boolean;
  readonly #whenFree: () => void;
  readonly #rounds: Round[] = [];
  #isBusy = false;

  /**
   * @param follows whether somebody has a channel still: who begins it anew is not sent what is older.
   * @param whenFree called when what was sent to many is sent, and the pause is over.
   */
  constructor(clock: Clock, follows: (session: Session, key: string) => boolean, whenFree: () => void) {
    this.#clock = clock;
    this.#follows = follows;
    this.#whenFree = whenFree;
  }

  /** Whether it is sending to many, or pausing after that. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  send(key: string, text: string, sessions: ReadonlySet<Session>): void {
    // A message does not overtake one of its own channel.
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
