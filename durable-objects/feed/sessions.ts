import { type Attachment, readAttachment } from "./attachment.ts";
import { Session } from "./session.ts";

/** Distinguishes subscribers from other sockets of the object, even after it has hibernated. */
const TAG = "subscriber";

/**
 * The WebSocket subscribers of an object, and their channels. The platform holds the sockets, so that the
 * object may hibernate. It answers the text "ping" with "pong" without waking the object.
 */
export class Sessions {
  readonly #ctx: DurableObjectState;
  #bySocket: Map<WebSocket, Session> | undefined;
  readonly #byChannel = new Map<string, Set<Session>>();

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
  }

  /** All subscribers. Those from before a loss of memory are restored. */
  get all(): Iterable<Session> {
    return this.#sessions.values();
  }

  get count(): number {
    return this.#sessions.size;
  }

  /** The subscribers of a channel. */
  subscribersOf(key: string): ReadonlySet<Session> {
    return this.#byChannel.get(key) ?? NOBODY;
  }

  /** The channels with subscribers. */
  get keys(): string[] {
    void this.#sessions;
    return [...this.#byChannel.keys()];
  }

  /** Accepts a subscriber. The response completes its upgrade. */
  accept(attachment: Attachment): { session: Session; response: Response } {
    const { 0: client, 1: server } = new WebSocketPair();
    const sessions = this.#sessions;
    this.#ctx.acceptWebSocket(server, [TAG]);
    const session = new Session(server, attachment);
    session.attachment = attachment;
    sessions.set(server, session);
    return { session, response: new Response(null, { status: 101, webSocket: client }) };
  }

  of(socket: WebSocket): Session | undefined {
    return this.#sessions.get(socket);
  }

  /** Drops a subscriber that has left. */
  remove(session: Session): void {
    this.#sessions.delete(session.socket);
    for (const key of this.#byChannel.keys()) this.leave(session, key);
  }

  join(session: Session, key: string): void {
    const subscribers = this.#byChannel.get(key) ?? new Set();
    this.#byChannel.set(key, subscribers.add(session));
  }

  leave(session: Session, key: string): void {
    const subscribers = this.#byChannel.get(key);
    if (subscribers?.delete(session) && subscribers.size === 0) this.#byChannel.delete(key);
  }

  /** When the last "ping" of a subscriber was answered; 0 if none was. */
  pingedAtMs({ socket }: Session): number {
    return this.#ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime() ?? 0;
  }

  get #sessions(): Map<WebSocket, Session> {
    if (this.#bySocket === undefined) {
      this.#bySocket = new Map();
      for (const socket of this.#ctx.getWebSockets(TAG)) {
        // A socket that this object has closed has ended, even if its peer has not answered yet.
        if (socket.readyState !== WebSocket.OPEN) continue;
        const session = new Session(socket, readAttachment(socket));
        this.#bySocket.set(socket, session);
        for (const key of keysOf(session.attachment)) this.join(session, key);
      }
    }
    return this.#bySocket;
  }
}

const NOBODY: ReadonlySet<Session> = new Set();

/** The channel of a subscriber that named no channels. */
export const EVERYTHING = "everything";

/** The channels of a subscriber. A private channel is separate for each client. */
export function keysOf({ topics, clientId }: Attachment): string[] {
  return topics === null ? [EVERYTHING] : topics.map((topic) => keyOf(topic, clientId));
}

export function keyOf(topic: string, clientId: string | null): string {
  return topic === "executions" ? `${topic} ${clientId}` : topic;
}
