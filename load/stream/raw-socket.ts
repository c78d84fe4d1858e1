import { connect, type Socket } from "node:net";

const READ_BYTES = 256 * 1024;
/** The socket acknowledges after it has read this many bytes. */
const ACK_EVERY = 128 * 1024;
const TEXT = 1;
const CLOSE = 8;

/** All sockets read into one buffer, one after another. */
const shared = Buffer.allocUnsafe(READ_BYTES);

export interface RawSocketEvents {
  /** Called with a text message. Its bytes are valid until the callback returns. */
  readonly onText: (payload: Buffer) => void;
  readonly onOpen: () => void;
  /** Called once, with the reason, when the connection has ended. */
  readonly onEnd: (reason: string) => void;
}

/**
 * A WebSocket subscriber that costs as little as possible beside the server on the same machine. It parses
 * whole, unmasked messages as the venue sends them, and acknowledges them.
 */
export class RawSocket {
  readonly #socket: Socket;
  readonly #events: RawSocketEvents;
  #partial: Buffer | undefined;
  #isOpen = false;
  #unacknowledged = 0;

  constructor(url: URL, events: RawSocketEvents) {
    this.#events = events;
    const callback = (length: number): boolean => {
      this.#read(shared.subarray(0, length));
      return true;
    };
    this.#socket = connect({
      host: url.hostname,
      port: Number(url.port),
      noDelay: true,
      onread: { buffer: shared, callback },
    });
    this.#socket.write(
      `GET ${url.pathname}${url.search} HTTP/1.1\r\nhost: ${url.host}\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`,
    );
    let reason = "the connection was closed";
    this.#socket.once("error", (error) => {
      reason = String(error);
    });
    this.#socket.once("close", () => events.onEnd(reason));
  }

  /** Reads nothing more, like a dead subscriber. */
  freeze(): void {
    this.#socket.pause();
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    let bytes = this.#partial === undefined ? chunk : Buffer.concat([this.#partial, chunk]);
    this.#partial = undefined;
    if (!this.#isOpen) {
      const end = bytes.indexOf("\r\n\r\n");
      if (end < 0) {
        this.#keep(bytes);
        return;
      }
      const status = bytes.toString("latin1", 9, 12);
      if (status !== "101") {
        this.#socket.destroy(new Error(`answered ${status}`));
        return;
      }
      this.#isOpen = true;
      this.#events.onOpen();
      bytes = bytes.subarray(end + 4);
    }
    for (;;) {
      const used = this.#message(bytes);
      if (used === 0) break;
      bytes = bytes.subarray(used);
    }
    this.#keep(bytes);
  }

  /** Parses one message. @returns its number of bytes; 0 if it is incomplete. */
  #message(bytes: Buffer): number {
    if (bytes.length < 2) return 0;
    let length = (bytes[1] ?? 0) & 0x7f;
    let at = 2;
    if (length === 126 && bytes.length >= 4) [length, at] = [bytes.readUInt16BE(2), 4];
    else if (length === 127 && bytes.length >= 10) [length, at] = [Number(bytes.readBigUInt64BE(2)), 10];
    else if (length > 125) return 0;
    if (bytes.length < at + length) return 0;
    const kind = (bytes[0] ?? 0) & 0xf;
    const payload = bytes.subarray(at, at + length);
    if (kind === TEXT) {
      this.#events.onText(payload);
      this.#acknowledge(length);
    } else if (kind === CLOSE) {
      const code = length >= 2 ? payload.readUInt16BE(0) : 1005;
      this.#socket.destroy(new Error(`closed with ${code} ${payload.toString("utf8", 2)}`));
    }
    return at + length;
  }

  #acknowledge(length: number): void {
    this.#unacknowledged += length;
    if (this.#unacknowledged < ACK_EVERY) return;
    const text = `{"op":"ack","received":${this.#unacknowledged}}`;
    this.#unacknowledged = 0;
    // A client must mask its messages. A mask of zeros leaves them unchanged.
    this.#socket.write(
      Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]),
    );
  }

  /** Copies the bytes, since their buffer is reused. */
  #keep(bytes: Buffer): void {
    this.#partial = bytes.length === 0 ? undefined : Buffer.from(bytes);
  }
}
