import { type CallLine, type PlaceCall, writeLine } from "../../durable-objects/calls/call.ts";
import { Random } from "../../test/support/random.ts";

/** The kinds of requests that `bench:object` measures. */
export const KINDS = ["rests", "trades one", "trades ten", "rejected", "cancelled", "repeated"] as const;
export type Kind = (typeof KINDS)[number];

const CLIENTS = 100;
const MAKER_PRICE = "60000";
const LOT = "0.00000001";
const TEN_LOTS = "0.0000001";
/** The makers of one order that trades ten. */
const MAKERS = 10;

/** Submits requests, and returns their answers in order. */
export type Submit = (lines: readonly CallLine[]) => Promise<readonly string[]>;

/** Makes the requests of each kind, and the orders that they meet. */
export class Requests {
  readonly #random = new Random(1);
  readonly #submit: Submit;
  #count = 0;

  constructor(submit: Submit) {
    this.#submit = submit;
  }

  /** Requests of a kind, after the orders that they need were placed. */
  async prepare(kind: Kind, count: number): Promise<CallLine[]> {
    switch (kind) {
      case "rests":
        return this.#resting(count);
      case "trades one":
        await this.#submit(this.#makers(count));
        return this.#many(count, () => this.#place({ price: MAKER_PRICE, quantity: LOT }));
      case "trades ten":
        await this.#submit(this.#makers(count * MAKERS));
        return this.#many(count, () => this.#place({ price: MAKER_PRICE, quantity: TEN_LOTS }));
      case "rejected":
        return this.#many(count, () => this.#place({ price: "40000.001" }));
      case "cancelled":
        return (await this.#submit(this.#resting(count))).map((answer) =>
          writeLine({ kind: "cancel", orderId: JSON.parse(answer.slice(4)).order_id }),
        );
      case "repeated": {
        const lines = this.#resting(count);
        await this.#submit(lines);
        return lines;
      }
    }
  }

  #resting(count: number): CallLine[] {
    return this.#many(count, () =>
      this.#place({
        price: `${this.#random.between(40_000, 41_000)}`,
        quantity: `0.${this.#random.between(10, 99)}`,
      }),
    );
  }

  #makers(count: number): CallLine[] {
    const maker = { side: "sell", price: MAKER_PRICE, quantity: LOT, idempotencyKey: null } as const;
    return this.#many(count, () => this.#place({ ...maker, clientId: `maker-${this.#count % CLIENTS}` }));
  }

  #many(count: number, make: () => CallLine): CallLine[] {
    return Array.from({ length: count }, make);
  }

  /** A limit order with a key. */
  #place(change: Partial<PlaceCall>): CallLine {
    const count = ++this.#count;
    return writeLine({
      kind: "place",
      clientId: `bench-${count % CLIENTS}`,
      idempotencyKey: `key-of-the-benchmark-${count}`,
      clientOrderId: null,
      side: "buy",
      type: "limit",
      price: "40000",
      quantity: "1",
      terms: {},
      ...change,
    });
  }
}
