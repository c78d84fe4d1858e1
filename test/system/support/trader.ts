import type { Random } from "../../support/random.ts";
import type { ClientLedger, Placement } from "./client-ledger.ts";
import type { HttpClient } from "./http-client.ts";
import { drawTerms } from "./order-terms.ts";

const MID_PRICE = 50_000;
/** The middle of the book, and its steps: a dollar, and a hundredth. */
const MARKET = {
  price: (steps: number) => MID_PRICE + steps,
  quantity: (random: Random) => random.between(1, 500) / 100,
};

/** One client: sends an order or a cancel, waits for its answer, then sends the next. */
export class Trader {
  readonly #clientId: string;
  readonly #random: Random;
  readonly #ledger: ClientLedger;
  readonly #own: Placement[] = [];
  #openOrders: string[] = [];
  /** Answers that were requested again while trading continued. */
  repeatCount = 0;

  constructor(clientId: string, random: Random, ledger: ClientLedger) {
    this.#clientId = clientId;
    this.#random = random;
    this.#ledger = ledger;
  }

  /**
   * Trades until the venue is killed.
   * @throws if a connection fails before that, or an answer violates the API.
   */
  async run(http: HttpClient, isKilled: () => boolean): Promise<void> {
    while (!isKilled()) {
      const action = this.#random.weighted({
        rest: 40,
        cross: 22,
        market: 10,
        cancel: 20,
        break: 4,
        repeat: 4,
      });
      try {
        if (action === "cancel") await this.#cancel(http);
        else if (action === "repeat") await this.#repeat(http);
        else await this.#place(http, this.#order(action));
      } catch (error) {
        if (!isKilled() || !isConnectionError(error)) throw error;
      }
    }
  }

  #order(kind: "rest" | "cross" | "market" | "break"): object {
    // The instrument rejects a price between two ticks, and the rejection is stored under the key.
    if (kind === "break") return { side: "buy", type: "limit", price: MID_PRICE + 0.001, quantity: 1 };
    return drawTerms(this.#random, MARKET, kind);
  }

  async #place(http: HttpClient, order: object): Promise<void> {
    const idempotencyKey = `${this.#clientId}-${this.#own.length}`;
    const named = { client_id: this.#clientId, instrument: "BTC-USD", idempotency_key: idempotencyKey };
    const body = JSON.stringify({ ...named, ...order });
    const placement: Placement = { clientId: this.#clientId, idempotencyKey, body, answer: undefined };
    this.#own.push(placement);
    this.#ledger.placements.push(placement);
    const answer = await http.post("/orders", body);
    this.#ledger.placed(placement, answer);
    if (answer.status !== 201) return;
    const { order_id, status } = JSON.parse(answer.body);
    if (status === "open" || status === "partially_filled") this.#openOrders.push(order_id);
  }

  async #cancel(http: HttpClient): Promise<void> {
    if (this.#openOrders.length === 0) return;
    const orderId = this.#random.pick(this.#openOrders);
    this.#openOrders = this.#openOrders.filter((each) => each !== orderId);
    this.#ledger.unknownCancels.add(orderId);
    this.#ledger.cancelled(orderId, await http.post(`/orders/${orderId}/cancel`));
  }

  async #repeat(http: HttpClient): Promise<void> {
    const answered = this.#own.filter(({ answer }) => answer !== undefined).slice(-20);
    if (answered.length === 0) return;
    const { body, answer } = this.#random.pick(answered);
    const again = await http.post("/orders", body);
    if (!again.isReplay || again.body !== answer?.body) throw new Error(`${body} got a new answer`);
    this.repeatCount++;
  }
}

const CONNECTION_ERRORS = ["ECONNRESET", "ECONNREFUSED", "EPIPE"];

function isConnectionError(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code !== undefined && CONNECTION_ERRORS.includes(code);
}
