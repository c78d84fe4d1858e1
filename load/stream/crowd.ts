import { BookState } from "../../client/book-state.ts";
import { placeOf } from "../../client/channel-state.ts";
import type { BookMessage } from "../../protocol/feed/feed-message.ts";
import { RawSocket } from "./raw-socket.ts";

/** A message that many subscribers get, parsed once. */
interface Frame {
  readonly bytes: Buffer;
  readonly message: BookMessage;
}

/** An immutable book, shared by subscribers that got the same messages. */
interface Knowledge {
  readonly seq: number;
  readonly epoch: number;
  readonly book: BookState;
  /** The book after each following message. */
  readonly next: Map<Frame, Knowledge>;
}

interface Member {
  readonly socket: RawSocket;
  knowledge: Knowledge | undefined;
  /** The first probe that the member has not seen. */
  probe: number;
}

/** An order with the time of its acknowledgment. */
interface Probe {
  readonly seq: number;
  readonly acknowledgedMs: number;
}

const FRAMES_KEPT = 256;
const LATENCY_MS_MAX = 60_000;

/**
 * Many subscribers of one book channel. Each has its own chain, checked at every message. A message that many
 * of them get is parsed, applied and compared with its checksum only once.
 */
export class Crowd {
  readonly #urls: readonly URL[];
  readonly #members = new Set<Member>();
  readonly #frames: Frame[] = [];
  readonly #probes: Probe[] = [];
  /** The number of receipts by whole milliseconds after the acknowledgment. */
  readonly latencies = new Float64Array(LATENCY_MS_MAX);
  #joined = 0;
  messages = 0;
  bytes = 0;
  snapshots = 0;
  readonly failures: string[] = [];

  /** @param urls the addresses to which subscribers connect, in turn. */
  constructor(urls: readonly URL[]) {
    this.#urls = urls;
  }

  get size(): number {
    return this.#members.size;
  }

  /** Adds a subscriber. Resolves when it is connected. */
  join(): Promise<void> {
    return new Promise((resolve) => {
      const member: Member = {
        socket: new RawSocket(this.#urls[this.#joined++ % this.#urls.length] as URL, {
          onOpen: () => {
            this.#members.add(member);
            resolve();
          },
          onText: (payload) => this.#take(member, payload),
          onEnd: (reason) => {
            if (this.#members.delete(member)) this.failures.push(reason);
            resolve();
          },
        }),
        knowledge: undefined,
        probe: this.#probes.length,
      };
    });
  }

  /** Records that an order was acknowledged now. */
  acknowledged(seq: number): void {
    this.#probes.push({ seq, acknowledgedMs: performance.now() });
    for (const member of this.#members) this.#measure(member);
  }

  /** The number of subscribers with a matching checksum at a sequence or later. */
  countAt(seq: number): number {
    let count = 0;
    for (const { knowledge } of this.#members) if (knowledge !== undefined && knowledge.seq >= seq) count++;
    return count;
  }

  close(): void {
    const members = [...this.#members];
    this.#members.clear();
    for (const { socket } of members) socket.close();
  }

  /** The latency that a share of all receipts did not exceed, in milliseconds. */
  latencyMs(share: number): number {
    const total = this.latencies.reduce((sum, count) => sum + count, 0);
    let seen = 0;
    return this.latencies.findIndex((count) => {
      seen += count;
      return seen >= total * share;
    });
  }

  #take(member: Member, payload: Buffer): void {
    this.messages++;
    this.bytes += payload.length;
    const frame = this.#frame(payload);
    const { message } = frame;
    if (message.type === "snapshot") this.snapshots++;
    const { knowledge } = member;
    const place = placeOf(message, knowledge);
    if (place === "known") return;
    if (place === "gap") {
      this.failures.push(`a gap between ${knowledge?.seq} and ${message.prev_seq}`);
      return;
    }
    member.knowledge = knowledge?.next.get(frame) ?? this.#learn(knowledge, frame);
    this.#measure(member);
  }

  #learn(before: Knowledge | undefined, frame: Frame): Knowledge {
    const { message } = frame;
    const book = new BookState(false);
    if (before !== undefined && message.type === "update") {
      const { bids, asks } = before.book;
      book.apply({ ...message, type: "snapshot", prev_seq: null, bids: [...bids], asks: [...asks] });
    }
    book.apply(message);
    if (!book.isProven(message)) this.failures.push(`a wrong checksum at ${message.seq}`);
    const knowledge = { seq: message.seq, epoch: message.epoch, book, next: new Map() };
    before?.next.set(frame, knowledge);
    return knowledge;
  }

  #measure(member: Member): void {
    const seq = member.knowledge?.seq ?? -1;
    for (let probe = this.#probes[member.probe]; probe !== undefined && probe.seq <= seq; ) {
      const ms = Math.floor(performance.now() - probe.acknowledgedMs);
      this.latencies[Math.min(ms, LATENCY_MS_MAX - 1)] = (this.latencies[ms] ?? 0) + 1;
      probe = this.#probes[++member.probe];
    }
  }

  /** The message in the bytes. A recent message is shared. */
  #frame(payload: Buffer): Frame {
    const frames = this.#frames;
    for (let at = frames.length - 1; at >= 0; at--) {
      const frame = frames[at];
      if (frame !== undefined && frame.bytes.length === payload.length && frame.bytes.equals(payload))
        return frame;
    }
    const frame = { bytes: Buffer.from(payload), message: JSON.parse(payload.toString()) };
    frames.push(frame);
    if (frames.length > FRAMES_KEPT) frames.shift();
    return frame;
  }
}
