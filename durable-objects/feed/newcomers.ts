import type { ResyncReason } from "../../protocol/feed/feed-message.ts";
import type { Clock } from "../runtime/clock.ts";
import { log } from "../runtime/log.ts";
import { type Beginning, LongBeginning } from "./beginning.ts";
import type { LiveChannel, ResumePoint } from "./live-channel.ts";
import { LongBeginnings } from "./long-beginnings.ts";
import type { Session } from "./session.ts";
import { keyOf, keysOf, type Sessions } from "./sessions.ts";

/** Callbacks of newcomers. */
interface Parts {
  readonly channel: (key: string) => LiveChannel;
  /** Whether a channel has unpublished changes for its other subscribers. */
  readonly isDue: (key: string) => boolean;
  readonly resync: (session: Session, topic: string, reason: ResyncReason) => void;
  /** Disconnects a subscriber that cannot have the rest of its beginning. */
  readonly expel: (session: Session, reason: string) => void;
}

/** Begins channels for subscribers, once the others have all published changes and the beginning is ready. */
export class Newcomers {
  readonly #sessions: Sessions;
  readonly #clock: Clock;
  readonly #parts: Parts;
  /** The subscribers that wait for a channel, each with the callback that begins it. */
  readonly #waiting = new Map<string, Map<Session, () => void>>();
  readonly #longBeginnings: LongBeginnings;

  constructor(sessions: Sessions, clock: Clock, parts: Parts) {
    this.#sessions = sessions;
    this.#clock = clock;
    this.#parts = parts;
    this.#longBeginnings = new LongBeginnings(clock, {
      isWanted: (session, key) => !session.isPaused && this.#wants(session, key),
      onDone: (session, key) => sessions.join(session, key),
      onOver: (session, key, hasBegun) => {
        if (hasBegun) parts.expel(session, "too much has changed: begin anew");
        else this.#when(session, key, () => this.#beginKey(session, key));
      },
      onFailed: (session, key, error) => {
        log("error", "beginning_failed", { channel: key, error: String(error) });
        parts.expel(session, "the snapshot was not sent: begin anew");
      },
    });
  }

  /** Whether any subscriber is about to have a channel. */
  has(key: string): boolean {
    return this.#waiting.has(key) || this.#longBeginnings.has(key);
  }

  /** Admits all subscribers that wait for a channel. */
  admit(key: string): void {
    const waiting = this.#waiting.get(key);
    this.#waiting.delete(key);
    for (const begin of waiting?.values() ?? []) begin();
  }

  /** Removes a subscriber that does not want a channel any more. */
  cancel(session: Session, key: string): void {
    this.#longBeginnings.cancel(session, key);
  }

  /** Begins a channel anew for a subscriber, or resumes it where it broke off. */
  enter(session: Session, topic: string, resume: ResumePoint | undefined): void {
    const key = keyOf(topic, session.attachment.clientId);
    this.#longBeginnings.cancel(session, key);
    const begin = () => {
      const resumed = resume && this.#parts.channel(key).resume?.(resume);
      if (resumed === undefined || "reason" in resumed) {
        if (resumed !== undefined) this.#parts.resync(session, topic, resumed.reason);
        this.#beginKey(session, key);
      } else if (resumed.texts === undefined) this.#await(session, key, begin);
      else this.begin(session, key, resumed.texts);
    };
    this.#when(session, key, begin);
  }

  /** @param beginning undefined while it is being made. The channel then begins when it is ready. */
  begin(session: Session, key: string, beginning: Beginning | undefined): void {
    if (beginning === undefined) this.#await(session, key, () => this.#beginKey(session, key));
    else if (beginning instanceof LongBeginning) {
      // The beginning includes what the other subscribers get meanwhile.
      this.#sessions.leave(session, key);
      this.#longBeginnings.add(session, key, beginning);
    } else {
      session.begin(key, beginning, this.#clock.nowMs());
      this.#sessions.join(session, key);
    }
  }

  #beginKey(session: Session, key: string): void {
    this.begin(session, key, this.#parts.channel(key).begin());
  }

  #when(session: Session, key: string, begin: () => void): void {
    if (this.#parts.isDue(key)) this.#await(session, key, begin);
    else begin();
  }

  /** @param begin called once, unless the subscriber asks for the channel again first. */
  #await(session: Session, key: string, begin: () => void): void {
    const waiting = this.#waiting.get(key) ?? new Map<Session, () => void>();
    const beginIfWanted = () => {
      if (this.#wants(session, key)) begin();
    };
    this.#waiting.set(key, waiting.set(session, beginIfWanted));
  }

  /** Whether a subscriber is still connected and still has a channel. */
  #wants(session: Session, key: string): boolean {
    return this.#sessions.of(session.socket) === session && keysOf(session.attachment).includes(key);
  }
}
