import { once } from "node:events";
import { connect, type Socket } from "node:net";

const CLOSE = 8;
const TEXT = 1;
/** A client's frame is masked. A mask of zeros leaves the payload unchanged. */
const MASK = Buffer.alloc(4);

/** How a peer's TCP connection ends: after its last message, or silently. */
export type Cut = "fin" | "reset" | "stay";

/** A WebSocket peer that sends exactly the given bytes, and does nothing by itself. */
export class RawPeer {
  /** Resolves when the TCP connection has ended. */
  readonly ended: Promise<void>;
  readonly #socket: Socket;
  #received = Buffer.alloc(0);

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.ended = new Promise((resolve) => socket.once("close", () => resolve()));
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      this.#received = Buffer.concat([this.#received, bytes]);
    });
  }

  /** @throws if the upgrade is refused. */
  static async open(url: string, headers: Readonly<Record<string, string>> = {}): Promise<RawPeer> {
    const { hostname, port, host, pathname, search } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    const peer = new RawPeer(socket);
    const lines = Object.entries({
      host,
      upgrade: "websocket",
      connection: "Upgrade",
      "sec-websocket-version": "13",
      "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
      ...headers,
    }).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`GET ${pathname}${search} HTTP/1.1\r\n${lines.join("")}\r\n`);
    for (let end = -1; end < 0; end = peer.#received.indexOf("\r\n\r\n")) {
      if (socket.closed) throw new Error("the connection was closed");
      await Promise.race([once(socket, "data"), peer.ended]);
    }
    const status = peer.#received.toString("latin1", 9, 12);
    if (status !== "101") throw new Error(`answered ${status}`);
    return peer;
  }

  /** What has arrived, as text. */
  get received(): string {
    return this.#received.toString("utf8");
  }

  text(text: string): void {
    this.frame(TEXT, Buffer.from(text));
  }

  close(payload: Buffer): void {
    this.frame(CLOSE, payload);
  }

  /** @param head the first byte is this value with the bit of a last fragment, unless it is above 15. */
  frame(head: number, payload: Buffer): void {
    const length =
      payload.length < 126
        ? Buffer.from([0x80 | payload.length])
        : Buffer.from([0xfe, payload.length >> 8, payload.length & 255]);
    this.raw(Buffer.concat([Buffer.from([head < 16 ? 0x80 | head : head]), length, MASK, payload]));
  }

  raw(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  cut(cut: Cut): void {
    if (cut === "fin") this.#socket.end();
    else if (cut === "reset") this.#socket.resetAndDestroy();
  }

  /** The code of the last close frame; undefined if there was none, or it has none. */
  get closeCode(): number | undefined {
    const at = this.#received.length - 4;
    return this.#received.readUInt16BE(at) === 0x8802 ? this.#received.readUInt16BE(at + 2) : undefined;
  }

  /** The last received payload as text: the reason, if it was a close frame. */
  get closeText(): string {
    return this.#received.toString("utf8", Math.max(0, this.#received.length - 125));
  }

  destroy(): void {
    this.#socket.destroy();
  }
}
