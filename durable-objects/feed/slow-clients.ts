import type { Clock } from "../runtime/clock.ts";
import type { LagVerdict, Session } from "./session.ts";
import type { Sessions } from "./sessions.ts";

export const TRY_AGAIN_LATER = 1013;
/** The interval of checks while a subscriber is behind and nothing else triggers one. */
const LOOK_MS = 1_000;

/** How a feed handles subscribers that do not keep up. */
interface SlowClientsParts {
  /** Notifies a subscriber that it is slow and that its channels will begin anew. */
  readonly resync: (session: Session) => void;
  /** Begins all channels of a subscriber that has caught up. */
  readonly begin: (session: Session) => void;
  /** Disconnects it. */
  readonly expel: (session: Session, code: number, reason: string) => void;
}

/** Gives a slow subscriber one new beginning. A subscriber that is slow again is disconnected. */
export class SlowClients {
  readonly #sessions: Sessions;
  readonly #parts: SlowClientsParts;
  readonly #clock: Clock;
  #isLookDue = false;

  constructor(sessions: Sessions, clock: Clock, parts: SlowClientsParts) {
    this.#clock = clock;
    this.#sessions = sessions;
    this.#parts = parts;
  }

  lookAtAll(): void {
    if (this.#sessions.count === 0) return;
    const nowMs = this.#clock.nowMs();
    for (const session of this.#sessions.all) this.look(session, nowMs);
  }

  /** Checks a subscriber, if it is still connected. */
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

  /** No timer is pending while nobody is behind, so that the object may hibernate. */
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
