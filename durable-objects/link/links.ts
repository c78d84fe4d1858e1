import { log } from "../runtime/log.ts";
import {
  type ArrivedCall,
  answerText,
  failureText,
  framesOf,
  LINK_PATH,
  LINK_VERSION,
  OTHER_VERSION,
  readCalls,
} from "./frames.ts";

/** Distinguishes links from other sockets of the object, even after it has hibernated. */
const TAG = "link";
const PROTOCOL_ERROR = 1002;

/** Whether a request to an object is the upgrade of a link. */
export function isLinkRequest(request: Request): boolean {
  return new URL(request.url).pathname === LINK_PATH;
}

/**
 * Carries out a call. The result may come later.
 * @param withinMs the milliseconds within which the call must begin. Later it must have no effect.
 */
type CarryOut = (call: ArrivedCall, withinMs: number) => unknown;

/**
 * An object's ends of its links. A link is a WebSocket that carries the calls of many requests, and in each
 * message the answers to all that were answered in the same turn. The object's sockets outlive its memory, and
 * so do links.
 */
export class Links {
  readonly #ctx: DurableObjectState;
  readonly #carryOut: CarryOut;
  #ends: Map<WebSocket, Answers> | undefined;

  constructor(ctx: DurableObjectState, carryOut: CarryOut) {
    this.#ctx = ctx;
    this.#carryOut = carryOut;
  }

  /** Accepts a link. The response completes its upgrade. */
  accept(request: Request): Response {
    const { 0: client, 1: server } = new WebSocketPair();
    const version = Number(new URL(request.url).searchParams.get("version"));
    if (version === LINK_VERSION) {
      const ends = this.#all;
      this.#ctx.acceptWebSocket(server, [TAG]);
      ends.set(server, new Answers(server));
    } else {
      log("error", "link_version", { version, expected: LINK_VERSION });
      server.accept();
      server.close(OTHER_VERSION, `this object speaks version ${LINK_VERSION} of the link's protocol`);
    }
    return new Response(null, { status: 101, webSocket: client });
  }

  /** Whether a socket is a link. */
  has(socket: WebSocket): boolean {
    return this.#all.has(socket);
  }

  /** Carries out the calls of a frame. */
  receive(socket: WebSocket, message: string | ArrayBuffer): void {
    const answers = this.#all.get(socket);
    if (answers === undefined) return;
    try {
      // None begins unless all can be read.
      const { leftMs, calls } = readCalls(String(message));
      for (const call of calls) this.#begin(answers, call, leftMs);
    } catch (error) {
      // The peer is one of the venue's own processes, so this is a fault of the venue. The peer learns that
      // the outcome of its calls is unknown.
      log("error", "link_frame_wrong", { error: String(error) });
      socket.close(PROTOCOL_ERROR, "the frame cannot be read");
      this.#all.delete(socket);
    }
  }

  /** Forgets a link that has ended. Calls that have begun are carried out. */
  end(socket: WebSocket): void {
    this.#all.delete(socket);
  }

  #begin(answers: Answers, call: ArrivedCall, withinMs: number): void {
    try {
      const result = this.#carryOut(call, withinMs);
      if (result instanceof Promise) {
        result.then(
          (value) => answers.add(answerText(call.number, call.method, value)),
          (error: unknown) => answers.add(failureText(call.number, error)),
        );
      } else answers.add(answerText(call.number, call.method, result));
    } catch (error) {
      answers.add(failureText(call.number, error));
    }
  }

  get #all(): Map<WebSocket, Answers> {
    if (this.#ends === undefined) {
      this.#ends = new Map();
      for (const socket of this.#ctx.getWebSockets(TAG))
        if (socket.readyState === WebSocket.OPEN) this.#ends.set(socket, new Answers(socket));
    }
    return this.#ends;
  }
}

/** The answers that leave over one link. All of a turn share a message. */
class Answers {
  readonly #socket: WebSocket;
  #lines: string[] = [];

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  add(line: string): void {
    // All answers of a flush resolve together. Their callbacks run before this microtask.
    if (this.#lines.length === 0) queueMicrotask(() => this.#send());
    this.#lines.push(line);
  }

  #send(): void {
    const lines = this.#lines;
    this.#lines = [];
    // A link that is closing rejects a send. Its peer knows that the outcomes are unknown.
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    for (const frame of framesOf(lines)) this.#socket.send(frame);
  }
}
