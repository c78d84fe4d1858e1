import type { Random } from "../support/random.ts";
import type { HttpClient } from "../system/support/http-client.ts";

const MID_PRICE = 50_000;
const PRICE_REACH = 60;

/** A single client may not have as many open orders as a long flow leaves. */
const CLIENTS = 20;

/**
 * A seeded flow of orders of a few clients, one at a time: resting, crossing and market orders, and cancels.
 */
export class Flow {
  readonly #random: Random;
  readonly #open: string[] = [];
  #placed = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** @throws if any answer violates the API: trading must continue whatever the mirror does. */
  async step(http: HttpClient): Promise<void> {
    const random = this.#random;
    const action = random.weighted({ rest: 45, cross: 25, market: 10, cancel: 20 });
    if (action === "cancel" && this.#open.length > 0) {
      const [orderId] = this.#open.splice(random.below(this.#open.length), 1);
      const { status, body } = await http.post(`/orders/${orderId}/cancel`);
      if (status !== 200 && status !== 409) throw new Error(`a cancel is answered ${status}: ${body}`);
      return;
    }
    const side = random.pick(["buy", "sell"]);
    const isAbove = (side === "buy") === (action === "cross");
    const distance = random.between(1, PRICE_REACH);
    const price = isAbove ? MID_PRICE + distance : MID_PRICE - distance;
    const order = action === "market" ? { type: "market" } : { type: "limit", price };
    const answer = await http.post(
      "/orders",
      JSON.stringify({
        client_id: `client-${this.#placed++ % CLIENTS}`,
        self_trade_prevention: "none",
        instrument: "BTC-USD",
        side,
        quantity: random.between(1, 500) / 100,
        ...order,
      }),
    );
    if (answer.status !== 201) throw new Error(`an order is answered ${answer.status}: ${answer.body}`);
    const { order_id, status } = JSON.parse(answer.body);
    if (status === "open" || status === "partially_filled") this.#open.push(order_id);
  }

  async steps(http: HttpClient, count: number): Promise<void> {
    for (let step = 0; step < count; step++) await this.step(http);
  }
}
