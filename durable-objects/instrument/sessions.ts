import type { ErrorMessage } from "../../protocol/market-data.ts";

const POLICY_VIOLATION = 1008;
const SERVICE_RESTART = 1012;
const MESSAGE_TOO_BIG = 1009;
/** The largest message we read from a subscriber, in characters. */
const MESSAGE_LENGTH_MAX = 64 * 1024;
/** So many messages that we cannot read, and the socket is closed. */
const FAULTS_MAX = 10;

/** What is kept with a socket through hibernation. */
interface Attachment {
  readonly faults: number;
}

/**
 * The WebSocket subscribers of an instrument. The platform holds the sockets, so that the object may
 * hibernate under them; a text message "ping" is answered "pong" without waking it.
 */
export class Sessions {
  readonly #ctx: DurableObjectState;

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
  }

  /** Sockets connected now. */
  get count(): number {
    return this.#ctx.getWebSockets().length;
  }

  /** Takes on a subscriber, greeted with `snapshot`; the answer completes its upgrade. */
  accept(snapshot: string): Response {
    const { 0: client, 1: server } = new WebSocketPair();
    this.#ctx.acceptWebSocket(server);
    server.serializeAttachment({ faults: 0 } satisfies Attachment);
    server.send(snapshot);
    return new Response(null, { status: 101, webSocket: client });
  }

  /** Completes the closing that a subscriber began, so that it need not wait for an answer. */
  close(socket: WebSocket, code: number): void {
    // 1005 and 1006 stand for a close without a code; they cannot be sent.
    if (code === 1005 || code === 1006) socket.close();
    else socket.close(code);
  }

  /** Sends every subscriber away, to come back. */
  closeAll(): void {
    for (const socket of this.#ctx.getWebSockets())
      socket.close(SERVICE_RESTART, "the instrument was rebuilt");
  }

  /** Sends what `message` makes to every subscriber; makes nothing where there is none. */
  broadcast(message: () => string): void {
    const sockets = this.#ctx.getWebSockets();
    if (sockets.length === 0) return;
    const text = message();
    for (const socket of sockets) {
      // A socket that closes just now refuses to send; its close event takes it away.
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    }
  }

  /** Answers a message from a subscriber: there is nothing yet that one can ask for. */
  receive(socket: WebSocket, message: string | ArrayBuffer): void {
    const length = typeof message === "string" ? message.length : message.byteLength;
    if (length > MESSAGE_LENGTH_MAX) {
      socket.close(MESSAGE_TOO_BIG, `messages are at most ${MESSAGE_LENGTH_MAX} characters`);
      return;
    }
    const { faults } = socket.deserializeAttachment() as Attachment;
    if (faults + 1 >= FAULTS_MAX) {
      socket.close(POLICY_VIOLATION, "too many messages that cannot be read");
      return;
    }
    socket.serializeAttachment({ faults: faults + 1 } satisfies Attachment);
    const error: ErrorMessage = {
      type: "error",
      code: "malformed_message",
      detail: 'the stream takes no messages but the text "ping"',
    };
    socket.send(JSON.stringify(error));
  }
}
