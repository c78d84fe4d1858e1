import type { Socket } from "node:net";
import type { PGlite } from "@electric-sql/pglite";
import {
  type ClientFrame,
  ClientFrameReader,
  endsIdle,
  fatalError,
  panicMessage,
  protocolMessage,
  startupParameters,
} from "./client-frames.ts";
import type { Turn } from "./turn.ts";

/** The single database connection that all sessions share, and its turn. */
export interface SharedConnection {
  /** Sessions wait until it is open. */
  database: Promise<PGlite>;
  turn: Turn<object>;
  /** Whether the password of a user is right. */
  isAuthorized(user: string, password: string): boolean;
  /** How long a session may be idle in a transaction, in milliseconds, before it is ended. */
  idleInTransactionMilliseconds: number;
  /** Called if the database itself crashes. Nothing can be served after that. */
  onBreakdown(cause: unknown): void;
  /** Whether it has crashed. A further statement may keep it busy forever, and this process with it. */
  isBroken(): boolean;
}

/** COPY FROM STDIN crashes the embedded database's process, and with it every session, so it is rejected. */
const copyFromClient = /\bcopy\b[^;]*\bfrom\s+stdin\b/i;

/** AuthenticationCleartextPassword. The connection never leaves this machine's loopback. */
const passwordRequest = Buffer.from([0, 0, 0, 3]);

/**
 * One client of the embedded database. PGlite has a single connection, so a session takes the turn with the
 * first message of an exchange, and returns it when the database is idle again. Messages of two clients never
 * mix, and no client sees a half-done transaction of another.
 */
export class EmbeddedSession {
  readonly #socket: Socket;
  readonly #shared: SharedConnection;
  readonly #frames = new ClientFrameReader();
  #exchange: Buffer[] = [];
  #work: Promise<void> = Promise.resolve();
  #midExchange = false;
  /** The client's startup message, kept until it has sent its password. */
  #opening: ClientFrame | undefined;
  #isRefused = false;
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(socket: Socket, shared: SharedConnection) {
    this.#socket = socket;
    this.#shared = shared;
    socket.setNoDelay(true);
    socket.on("data", (chunk) => this.#receive(chunk));
    // A close event follows an error, and the session is cleaned up there.
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#enqueue(() => this.#abandon()));
  }

  /** Cuts the connection. Resolves when nothing of this session is running or open any more. */
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
      this.#refuse("0A000", "the embedded database does not support COPY FROM STDIN: insert rows instead");
      return;
    }
    this.#exchange.push(frame.bytes);
    // Until here the database owes no answer. Flush (H) requests one in the middle of an exchange.
    if (["Q", "S", "F", "H"].includes(frame.type)) {
      const bytes = Buffer.concat(this.#exchange);
      this.#exchange = [];
      this.#enqueue(() => this.#run(bytes));
    }
  }

  /**
   * Requests the password after the startup message, which reaches the database only with the right password.
   */
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
    this.#work = this.#work.then(step).catch((cause) => {
      this.#shared.onBreakdown(cause);
      this.#shared.turn.release(this);
    });
  }

  async #run(bytes: Buffer): Promise<void> {
    clearTimeout(this.#idleTimer);
    await this.#shared.turn.acquire(this);
    if (this.#socket.destroyed) return; // #abandon follows and returns the turn
    this.#midExchange = true;
    const tail = await this.#execute(bytes, (chunk) => this.#socket.write(chunk));
    if (endsIdle(tail)) {
      this.#midExchange = false;
      this.#shared.turn.release(this);
    } else {
      this.#idleTimer = setTimeout(
        () => this.#refuse("25P03", "the session was idle in a transaction for too long"),
        this.#shared.idleInTransactionMilliseconds,
      );
    }
  }

  /** Runs after the connection is gone, and ends what it left open, as a server does for a lost client. */
  async #abandon(): Promise<void> {
    clearTimeout(this.#idleTimer);
    const { turn } = this.#shared;
    if (turn.isHeldBy(this) && this.#midExchange) {
      await this.#execute(protocolMessage("S"));
      await this.#execute(protocolMessage("Q", Buffer.from("ROLLBACK\0")));
    }
    turn.release(this);
  }

  /** Passes bytes to the database and its answers to `onAnswer`. Returns the end of the last answer. */
  async #execute(bytes: Buffer, onAnswer: (chunk: Buffer) => void = () => {}): Promise<Buffer> {
    const database = await this.#shared.database;
    if (this.#shared.isBroken()) throw new Error("the embedded database crashed");
    let tail: Buffer = Buffer.alloc(0);
    let panic: string | undefined;
    await database.runExclusive(() =>
      database.execProtocolRawStream(bytes, {
        onRawData: (data) => {
          // The database reuses its buffer for the next answer, and a socket may write later.
          const chunk = Buffer.from(data);
          tail = Buffer.concat([tail, chunk.subarray(-6)]).subarray(-6);
          panic ??= panicMessage(chunk);
          onAnswer(chunk);
        },
      }),
    );
    if (panic !== undefined) throw new Error(panic);
    return tail;
  }
}
