import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { Random } from "../../support/random.ts";

/** A cut comes after at most this many bytes. */
const BYTES_MAX = 40_000;

/** Passes links through to workerd, and cuts each of them after a random number of bytes, in a message. */
export class LinkCutter {
  cuts = 0;
  /** From now on nothing is cut. */
  isOver = false;
  readonly #server = createServer((near) => this.#pass(near));
  readonly #linkPort: number;
  readonly #random: Random;

  constructor(linkPort: number, random: Random) {
    this.#linkPort = linkPort;
    this.#random = random;
  }

  async listen(): Promise<number> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
  }

  #pass(near: Socket): void {
    const far = connect(this.#linkPort, "127.0.0.1");
    let left = this.#random.between(1_000, BYTES_MAX);
    const cut = () => {
      near.resetAndDestroy();
      far.resetAndDestroy();
    };
    const forward = (from: Socket, to: Socket) => {
      from.on("error", cut).on("close", cut);
      from.on("data", (bytes: Buffer) => {
        to.write(this.isOver ? bytes : bytes.subarray(0, left));
        left -= bytes.length;
        if (this.isOver || left > 0) return;
        this.cuts++;
        cut();
      });
    };
    forward(near, far);
    forward(far, near);
  }
}
