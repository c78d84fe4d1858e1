import { connect, type Socket } from "node:net";

const HEADER_END = Buffer.from("\r\n\r\n");
const READ_BYTES = 64 * 1024;

/**
 * One kept-open HTTP/1.1 connection, one request at a time. It writes ready text and reads only what a
 * load generator must know, the status and where the answer ends, so that the generator costs little
 * beside the server that it shares a machine with. Understands answers with a content-length alone.
 */
export class HttpConnection {
  readonly #socket: Socket;
  readonly #onAnswer: (status: number, body: Buffer) => void;
  /** What has come of an answer that is not whole yet. */
  #partial: Buffer | undefined;

  /** @param onEnd called once, with why, when the connection can be used no more. */
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
      // The buffer that the bytes lie in is read into again.
      this.#partial = Buffer.from(bytes);
      return;
    }
    this.#partial = undefined;
    this.#onAnswer(Number(header.slice(9, 12)), bytes.subarray(bodyAt));
  }
}
