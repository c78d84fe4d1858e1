import { Random } from "../test/support/random.ts";

const MID_PRICE = 50_000;
/** Limit prices are up to this far from the mid price, on either side, for buys and sells alike. */
const PRICE_REACH = 100;
const PRICE_STEP = 0.5;
const MARKET_SHARE = 0.1;

/**
 * An endless seeded sequence of orders as whole HTTP requests, with nine limit orders around a mid price to
 * one market order. Half of the limit orders would cross a book centred on the mid price.
 */
export class OrderMix {
  readonly #random: Random;
  readonly #keyPrefix: string | undefined;
  readonly #head: string;
  #count = 0;

  /** @param keyPrefix the prefix of every idempotency key. Without it, orders have no keys. */
  constructor(url: URL, seed: number, keyPrefix: string | undefined) {
    this.#random = new Random(seed);
    this.#keyPrefix = keyPrefix;
    this.#head = `POST /orders HTTP/1.1\r\nhost: ${url.host}\r\ncontent-type: application/json\r\ncontent-length: `;
  }

  next(clientId: string): string {
    const random = this.#random;
    const count = ++this.#count;
    const key = this.#keyPrefix === undefined ? "" : `"idempotency_key":"${this.#keyPrefix}-${count}",`;
    const side = random.chance(0.5) ? "buy" : "sell";
    const quantity = random.between(1, 100) / 100;
    const steps = PRICE_REACH / PRICE_STEP;
    const terms = random.chance(MARKET_SHARE)
      ? `"type":"market"`
      : `"type":"limit","price":${MID_PRICE + random.between(-steps, steps) * PRICE_STEP}`;
    const body = `{${key}"client_id":"${clientId}","instrument":"BTC-USD","side":"${side}",${terms},"quantity":${quantity}}`;
    return `${this.#head}${body.length}\r\n\r\n${body}`;
  }
}
