import { connect, type Socket } from "node:net";

const HEADER_END = Buffer.from("\r\n\r\n");
const READ_BYTES = 64 * 1024;

/**
 * One persistent HTTP/1.1 connection with one request at a time. It writes prepared text, and parses only
 * what a load generator needs: the status and the end of the answer. The generator therefore costs little
 * beside the server on the same machine. It supports only answers with a content-length.
 */
export class HttpConnection {
  readonly #socket: Socket;
  readonly #onAnswer: (status: number, body: Buffer) => void;
  /** The received part of an incomplete answer. */
  #partial: Buffer | undefined;

  /** @param onEnd called once, with the reason, when the connection is no longer usable. */
  constructor(url: URL, onAnswer: (status: number, body: Buffer) => void, onEnd: (reason: string) => void) {
    this.#onAnswer = onAnswer;
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    const callback = (length: number): boolean => {
      this.#read(buffer.subarray(0, length));
      return true;
    };
    this.#socket = connect({
      host: url.hostname,
      port: Number(url.port || 80),
      noDelay: true,
      onread: { buffer, callback },
    });
    this.#socket.once("error", (error) => onEnd(String(error)));
    this.#socket.once("close", () => onEnd("the connection was closed"));
  }

  /** Sends a whole request of ASCII text. */
  send(request: string): void {
    this.#socket.write(request, "latin1");
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    const bytes = this.#partial === undefined ? chunk : Buffer.concat([this.#partial, chunk]);
    const headerLength = bytes.indexOf(HEADER_END);
    const header = headerLength < 0 ? "" : bytes.toString("latin1", 0, headerLength);
    const bodyAt = headerLength + HEADER_END.length;
    const bodyLength = Number(/\r\ncontent-length: *(\d+)/i.exec(header)?.[1] ?? Number.NaN);
    if (headerLength < 0 || bytes.length < bodyAt + bodyLength) {
      // The buffer of the bytes is reused.
      this.#partial = Buffer.from(bytes);
      return;
    }
    this.#partial = undefined;
    this.#onAnswer(Number(header.slice(9, 12)), bytes.subarray(bodyAt));
  }
}
