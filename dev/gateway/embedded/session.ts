import type { Socket } from "node:net";
import type { PGlite } from "@electric-sql/pglite";
import {
  type ClientFrame,
  ClientFrameReader,
  endsIdle,
  fatalError,
  protocolMessage,
  startupParameters,
} from "./client-frames.ts";
import type { Turn } from "./turn.ts";

/** The single database connection that all sessions share, and who has it. */
export interface SharedConnection {
  /** Sessions wait until it is open. */
  database: Promise<PGlite>;
  turn: Turn<EmbeddedSession>;
  /** Whether a user has given the right password. */
  isAuthorized(user: string, password: string): boolean;
  /** How long a session may sit in an open transaction before it is ended, in milliseconds. */
  idleInTransactionMilliseconds: number;
  /** Called where the database itself broke down; nothing can be served after that. */
  onBreakdown(cause: unknown): void;
}

/** COPY FROM STDIN ends the embedded database's process image, and with it everybody's data: never let it in. */
const copyFromClient = /\bcopy\b[^;]*\bfrom\s+stdin\b/i;

/** AuthenticationCleartextPassword: nothing but this machine's loopback lies between. */
const passwordRequest = Buffer.from([0, 0, 0, 3]);

/**
 * One client of the embedded database. PGlite has a single connection, so a session takes the turn with the
 * first message of an exchange and gives it back when the database is idle again: messages of two clients
 * never mix, and a transaction is never seen half done.
 */
export class EmbeddedSession {
  readonly #socket: Socket;
  readonly #shared: SharedConnection;
  readonly #frames = new ClientFrameReader();
  #exchange: Buffer[] = [];
  #work: Promise<void> = Promise.resolve();
  #midExchange = false;
  /** The client's opening, kept until it has given its password. */
  #opening: ClientFrame | undefined;
  #isRefused = false;
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(socket: Socket, shared: SharedConnection) {
    this.#socket = socket;
    this.#shared = shared;
    socket.setNoDelay(true);
    socket.on("data", (chunk) => this.#receive(chunk));
    // An error is followed by close, where the session is cleaned up.
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#enqueue(() => this.#abandon()));
  }

  /** Cuts the connection; resolves when nothing of this session is running or open any more. */
  async end(): Promise<void> {
    if (!this.#socket.closed) {
      const closed = new Promise((resolve) => this.#socket.once("close", resolve));
      this.#socket.destroy();
      await closed;
    }
    await this.#work;
  }

  #receive(chunk: Buffer): void {
    try {
      for (const frame of this.#frames.push(chunk)) {
        if (this.#isRefused) return;
        this.#accept(frame);
      }
    } catch (cause) {
      this.#refuse("08P01", cause instanceof Error ? cause.message : String(cause));
    }
  }

  #accept(frame: ClientFrame): void {
    if (frame.kind === "encryption_request") {
      this.#socket.write("N");
      return;
    }
    if (frame.kind === "cancel_request" || frame.type === "X") {
      this.#socket.end();
      return;
    }
    if (!this.#frames.isTrusted) {
      this.#authenticate(frame);
      return;
    }
    if ((frame.type === "Q" || frame.type === "P") && copyFromClient.test(frame.bytes.toString("latin1"))) {
      this.#refuse("0A000", "the embedded database cannot COPY FROM STDIN: insert rows instead");
      return;
    }
    this.#exchange.push(frame.bytes);
    // Up to here the database owes no answer. Flush (H) asks for one in the middle of an exchange.
    if (["Q", "S", "F", "H"].includes(frame.type)) {
      const bytes = Buffer.concat(this.#exchange);
      this.#exchange = [];
      this.#enqueue(() => this.#run(bytes));
    }
  }

  /** Asks for the password in answer to the opening, which reaches the database only with the right one. */
  #authenticate(frame: ClientFrame): void {
    if (frame.kind === "startup") {
      this.#opening = frame;
      this.#socket.write(protocolMessage("R", passwordRequest));
      return;
    }
    if (this.#opening === undefined || frame.type !== "p") {
      this.#refuse("08P01", "expected a password");
      return;
    }
    const user = startupParameters(this.#opening).get("user") ?? "";
    const password = frame.bytes.toString("utf8", 5).replace(/\0.*$/s, "");
    if (!this.#shared.isAuthorized(user, password)) {
      this.#refuse("28P01", `password authentication failed for user "${user}"`);
      return;
    }
    this.#frames.isTrusted = true;
    const { bytes } = this.#opening;
    this.#enqueue(() => this.#run(bytes));
  }

  #refuse(code: string, message: string): void {
    this.#isRefused = true;
    this.#socket.end(fatalError(code, message), () => this.#socket.destroy());
  }

  #enqueue(step: () => Promise<void>): void {
    this.#work = this.#work.then(step).catch((cause) => this.#shared.onBreakdown(cause));
  }

  async #run(bytes: Buffer): Promise<void> {
    clearTimeout(this.#idleTimer);
    await this.#shared.turn.acquire(this);
    if (this.#socket.destroyed) return; // #abandon comes next and gives the turn back
    this.#midExchange = true;
    const tail = await this.#execute(bytes, (chunk) => this.#socket.write(chunk));
    if (endsIdle(tail)) {
      this.#midExchange = false;
      this.#shared.turn.release(this);
    } else {
      this.#idleTimer = setTimeout(
        () => this.#refuse("25P03", "ended: the session kept a transaction open without using it"),
        this.#shared.idleInTransactionMilliseconds,
      );
    }
  }

  /** After the connection is gone: ends what it left open, as a server does with a lost client. */
  async #abandon(): Promise<void> {
    clearTimeout(this.#idleTimer);
    const { turn } = this.#shared;
    if (turn.isHeldBy(this) && this.#midExchange) {
      await this.#execute(protocolMessage("S"));
      await this.#execute(protocolMessage("Q", Buffer.from("ROLLBACK\0")));
    }
    turn.release(this);
  }

  /** Passes bytes to the database and its answers to `onAnswer`; returns the end of the last answer. */
  async #execute(bytes: Buffer, onAnswer: (chunk: Buffer) => void = () => {}): Promise<Buffer> {
    const database = await this.#shared.database;
    let tail: Buffer = Buffer.alloc(0);
    await database.runExclusive(() =>
      database.execProtocolRawStream(bytes, {
        onRawData: (data) => {
          // The database reuses its buffer for the next answer, and a socket writes when it can.
          const chunk = Buffer.from(data);
          tail = Buffer.concat([tail, chunk.subarray(-6)]).subarray(-6);
          onAnswer(chunk);
        },
      }),
    );
    return tail;
  }
}
