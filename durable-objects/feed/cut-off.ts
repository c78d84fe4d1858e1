import type { Clock } from "../runtime/clock.ts";
import type { LagVerdict, Session } from "./session.ts";
import type { Sessions } from "./sessions.ts";

export const TRY_AGAIN_LATER = 1013;
/** So often who is behind is looked at where nothing else gives occasion to. */
const LOOK_MS = 1_000;

/** What is done about subscribers that do not keep up. */
interface CutOffParts {
  /** Tells a subscriber that it is slow, and that its channels are to begin anew. */
  readonly resync: (session: Session) => void;
  /** Begins all channels of one that has caught up. */
  readonly begin: (session: Session) => void;
  /** Sends it away. */
  readonly expel: (session: Session, code: number, reason: string) => void;
}

/** Gives who is slow a new beginning, once; who is slow again is sent away. */
export class CutOff {
  readonly #sessions: Sessions;
  readonly #parts: CutOffParts;
  readonly #clock: Clock;
  #isLookDue = false;

  constructor(sessions: Sessions, clock: Clock, parts: CutOffParts) {
    this.#clock = clock;
    this.#sessions = sessions;
    this.#parts = parts;
  }

  lookAtAll(): void {
    if (this.#sessions.count === 0) return;
    const nowMs = this.#clock.nowMs();
    for (const session of this.#sessions.all) this.look(session, nowMs);
  }

  /** Judges a subscriber, unless it is there no more. */
  look(session: Session, nowMs = this.#clock.nowMs()): void {
    if (this.#sessions.of(session.socket) !== session) return;
    const verdict = session.judge(nowMs, () => this.#sessions.pingedAtMs(session));
    if (verdict === "caught_up") this.#parts.begin(session);
    else if (verdict === "too_slow")
      this.#parts.expel(session, TRY_AGAIN_LATER, "too slow: read faster, and acknowledge what is read");
    else if (verdict === "resync") {
      this.#parts.resync(session);
      session.pause(nowMs);
    }
    if (mayChangeByItself(verdict)) this.#lookLater();
  }

  /** Nothing is pending where nobody is behind: the object may hibernate. */
  #lookLater(): void {
    if (this.#isLookDue) return;
    this.#isLookDue = true;
    this.#clock.after(LOOK_MS, () => {
      this.#isLookDue = false;
      this.lookAtAll();
    });
  }
}

function mayChangeByItself(verdict: LagVerdict): boolean {
  return verdict === "behind" || verdict === "resync";
}
