/** A message of a Postgres client. `bytes` is the whole message, including its header. */
export interface ClientFrame {
  kind: "startup" | "encryption_request" | "cancel_request" | "message";
  /** The type letter of an ordinary message (`Q`, `P`, `S` …); empty for startup messages. */
  type: string;
  bytes: Buffer;
}

const protocolVersion3 = 196_608;
const cancelRequest = 80_877_102;
const sslRequest = 80_877_103;
const gssEncryptionRequest = 80_877_104;
const largestMessageBytes = 256 * 1024 * 1024;
/** The largest message before the client has sent its password. Postgres has the same limit. */
const largestOpeningBytes = 10_000;

/** Splits a client's byte stream into messages of the Postgres protocol, in whatever chunks it arrives. */
export class ClientFrameReader {
  #rest: Buffer = Buffer.alloc(0);
  #started = false;
  /** Whether the client may send large messages, because it has sent its password. */
  isTrusted = false;

  /** The messages that this chunk completes, in order. Throws if the bytes are not of a Postgres client. */
  *push(chunk: Buffer): Generator<ClientFrame> {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (let frame = this.#next(); frame !== null; frame = this.#next()) yield frame;
  }

  #next(): ClientFrame | null {
    const headerBytes = this.#started ? 5 : 8;
    if (this.#rest.length < headerBytes) return null;
    const typeBytes = this.#started ? 1 : 0;
    const length = this.#rest.readInt32BE(typeBytes);
    // The length of a message includes itself. Startup messages also have a code.
    const largestBytes = this.isTrusted ? largestMessageBytes : largestOpeningBytes;
    if (length < (this.#started ? 4 : 8) || length > largestBytes) {
      throw new Error(`a message of ${length} bytes is not a Postgres message`);
    }
    const end = typeBytes + length;
    if (this.#rest.length < end) return null;
    const bytes = this.#rest.subarray(0, end);
    this.#rest = this.#rest.subarray(end);
    if (this.#started) return { kind: "message", type: String.fromCharCode(bytes[0] ?? 0), bytes };
    return this.#opening(bytes);
  }

  #opening(bytes: Buffer): ClientFrame {
    const code = bytes.readInt32BE(4);
    if (code === sslRequest || code === gssEncryptionRequest) {
      return { kind: "encryption_request", type: "", bytes };
    }
    if (code === cancelRequest) return { kind: "cancel_request", type: "", bytes };
    if (code !== protocolVersion3)
      throw new Error(`protocol version ${code >> 16}.${code & 0xffff} is not supported`);
    this.#started = true;
    return { kind: "startup", type: "", bytes };
  }
}

/** An ErrorResponse of severity FATAL, after which the connection is closed. `code` is the SQLSTATE. */
export function fatalError(code: string, message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${message}\0\0`);
  return protocolMessage("E", fields);
}

/** One message of the protocol: type letter, length, payload. */
export function protocolMessage(type: string, payload: Buffer = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(5);
  header.write(type, 0, "latin1");
  header.writeInt32BE(payload.length + 4, 1);
  return Buffer.concat([header, payload]);
}

/**
 * Whether the last bytes of a server are ReadyForQuery with status idle. The exchange is then over and no
 * transaction is open, so another client may use the connection.
 */
export function endsIdle(tail: Buffer): boolean {
  return tail.length >= 6 && tail.subarray(-6).equals(readyIdle);
}

/**
 * The message of an error after which Postgres would end its process, if the bytes of a server have one. The
 * embedded database stays, and serves nobody any more.
 */
export function panicMessage(bytes: Buffer): string | undefined {
  // No text in an answer contains a zero byte.
  if (!bytes.includes("SPANIC\0")) return undefined;
  return /SPANIC\0.*?\0M([^\0]*)/s.exec(bytes.toString())?.[1] ?? "PANIC";
}

const readyIdle = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);

/** The parameters of a startup message by name, such as `user`. */
export function startupParameters({ bytes }: ClientFrame): ReadonlyMap<string, string> {
  const words = bytes.toString("utf8", 8).split("\0");
  const parameters = new Map<string, string>();
  for (let at = 0; at + 1 < words.length && words[at] !== ""; at += 2) {
    parameters.set(words[at] ?? "", words[at + 1] ?? "");
  }
  return parameters;
}
