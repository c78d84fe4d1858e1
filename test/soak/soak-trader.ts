import { setTimeout as sleep } from "node:timers/promises";
import { formatOrderId } from "../../protocol/order-id.ts";
import type { Random } from "../support/random.ts";
import type { Placement } from "../system/support/client-ledger.ts";
import type { HttpAnswer } from "../system/support/http-client.ts";
import { drawTerms } from "../system/support/order-terms.ts";
import type { SoakMarket } from "./market.ts";
import type { Part } from "./part.ts";
import type { SoakVenue } from "./soak-venue.ts";
import { drawSpecialTerms } from "./special-terms.ts";
import { TradeCounts } from "./trade-counts.ts";

const ACTIONS = {
  rest: 40,
  cross: 22,
  market: 10,
  cancel: 18,
  special: 14,
  refused: 3,
  repeat: 4,
  reuse: 2,
  stranger: 1,
} as const;
/** No order ever gets this number. */
const NEVER_NUMBER = 2 ** 52;

interface OpenOrder {
  readonly market: SoakMarket;
  readonly orderId: string;
}

/**
 * One client on every market. It sends one order or cancel at a time, at an even pace, and repeats requests
 * without an answer.
 */
export class SoakTrader {
  readonly counts = new TradeCounts();
  readonly #clientId: string;
  readonly #random: Random;
  readonly #markets: readonly SoakMarket[];
  readonly #venue: SoakVenue;
  readonly #part: Part;
  readonly #own: { readonly market: SoakMarket; readonly placement: Placement }[] = [];
  #open: OpenOrder[] = [];
  /** Resolves the one unknown outcome; undefined if every outcome is known. */
  #unresolved: (() => Promise<void>) | undefined;

  /** @param part the venue as a part that is killed. */
  constructor(
    clientId: string,
    random: Random,
    markets: readonly SoakMarket[],
    venue: SoakVenue,
    part: Part,
  ) {
    this.#clientId = clientId;
    this.#random = random;
    this.#markets = markets;
    this.#venue = venue;
    this.#part = part;
  }

  /**
   * Trades until it is stopped, and then until every outcome is known. In a rush it does not pause; otherwise
   * it does one action per interval. Time during which the venue was down is not made up for.
   * @throws if a call fails without a kill, or an answer violates the API.
   */
  async run(intervalMs: number, isOver: () => boolean, signal: AbortSignal): Promise<void> {
    let dueMs = performance.now() + this.#random.below(intervalMs);
    while (!isOver() || this.#unresolved !== undefined) {
      await sleep(Math.max(0, dueMs - performance.now()), undefined, { signal });
      dueMs = Math.max(dueMs + (this.#part.isRushed ? 0 : intervalMs), performance.now());
      while (!this.#part.isUp) await sleep(10, undefined, { signal });
      if (this.#unresolved === undefined) await this.#act();
      else await this.#unresolved();
    }
  }

  async #act(): Promise<void> {
    const market = this.#random.pick(this.#markets);
    const action = this.#random.weighted(ACTIONS);
    switch (action) {
      case "cancel":
        return this.#cancel();
      case "repeat":
        return this.#repeat();
      case "reuse":
        return this.#reuse();
      case "stranger":
        return this.#cancelStranger(market);
      case "refused":
        return this.#place(market, market.refusedTerms(this.#random));
      case "special":
        return this.#place(market, drawSpecialTerms(this.#random, market));
      default:
        return this.#place(market, drawTerms(this.#random, market, action));
    }
  }

  async #place(market: SoakMarket, terms: object): Promise<void> {
    const idempotencyKey = `${this.#clientId}-${this.#own.length}`;
    const { instrument } = market;
    const named = { client_id: this.#clientId, instrument, idempotency_key: idempotencyKey };
    const body = JSON.stringify({ ...named, ...terms });
    const placement: Placement = { clientId: this.#clientId, idempotencyKey, body, answer: undefined };
    this.#own.push({ market, placement });
    market.ledger.placements.push(placement);
    this.counts.sent++;
    const answer = await this.#post("/orders", body);
    if (answer !== undefined) return this.#placed(market, placement, answer);
    this.counts.unknown++;
    this.#unresolved = () => this.#askAgain(market, placement);
  }

  #placed(market: SoakMarket, placement: Placement, answer: HttpAnswer): void {
    market.ledger.placed(placement, answer);
    if (answer.status !== 201) {
      this.counts.reject(answer);
      return;
    }
    this.counts.acknowledged++;
    const { order_id, status } = JSON.parse(answer.body);
    if (status !== "filled" && status !== "cancelled") this.#open.push({ market, orderId: order_id });
  }

  /** Repeats an order with an unknown outcome, twice at the same time. There must be one outcome. */
  async #askAgain(market: SoakMarket, placement: Placement): Promise<void> {
    const pair = await Promise.all([0, 1].map(() => this.#post("/orders", placement.body)));
    const [answer, other] = pair.filter((each) => each !== undefined);
    // A request that the instrument refuses for now had no effect, and is not stored under its key.
    if (answer === undefined || answer.status === 503 || other?.status === 503) return;
    if (other !== undefined) {
      if (other.body !== answer.body) throw new Error(`${placement.body} has two outcomes`);
      if (!other.isReplay && !answer.isReplay) throw new Error(`${placement.body} was placed twice`);
      if (other.isReplay && answer.isReplay) this.counts.resolvedStored++;
      else this.counts.resolvedAnew++;
    } else if (answer.isReplay) this.counts.resolvedStored++;
    else this.counts.resolvedAnew++;
    this.#unresolved = undefined;
    this.#placed(market, placement, answer);
  }

  async #cancel(): Promise<void> {
    if (this.#open.length === 0) return;
    const order = this.#random.pick(this.#open);
    this.#open = this.#open.filter((each) => each !== order);
    order.market.ledger.unknownCancels.add(order.orderId);
    this.counts.cancelsSent++;
    if (await this.#tryCancel(order)) return;
    this.counts.cancelsUnknown++;
    this.#unresolved = async () => {
      if (await this.#tryCancel(order)) this.#unresolved = undefined;
    };
  }

  async #tryCancel({ market, orderId }: OpenOrder): Promise<boolean> {
    const answer = await this.#post(`/orders/${orderId}/cancel`);
    if (answer === undefined) return false;
    market.ledger.cancelled(orderId, answer);
    if (answer.status === 200) this.counts.cancelled++;
    else this.counts.reject(answer);
    return true;
  }

  /** Repeats a request with a known outcome. The answer must be the same, byte for byte. */
  async #repeat(): Promise<void> {
    const { placement } = this.#answered() ?? {};
    if (placement === undefined) return;
    const again = await this.#post("/orders", placement.body);
    if (again === undefined) return;
    if (!again.isReplay || again.body !== placement.answer?.body)
      throw new Error(`${placement.body} got a new answer`);
    this.counts.repeats++;
  }

  /** Sends another order under a used key. It must be refused, without effect. */
  async #reuse(): Promise<void> {
    const { market, placement } = this.#answered() ?? {};
    if (market === undefined || placement === undefined) return;
    const quantity = `${market.quantity(this.#random)}`;
    const { client_id, instrument, idempotency_key } = JSON.parse(placement.body);
    const sent = {
      client_id,
      instrument,
      idempotency_key,
      side: "buy",
      type: "limit",
      price: market.price(-61),
      quantity,
    };
    await this.#mustBeRefused("/orders", 409, "idempotency_key_reused", JSON.stringify(sent));
  }

  async #cancelStranger({ spec }: SoakMarket): Promise<void> {
    const id = formatOrderId({ timeMs: 0, instrumentNumber: spec.number, orderNumber: NEVER_NUMBER });
    await this.#mustBeRefused(`/orders/${id}/cancel`, 404, "order_not_found");
  }

  async #mustBeRefused(path: string, status: number, code: string, body?: string): Promise<void> {
    const answer = await this.#post(path, body);
    if (answer === undefined) return;
    if (answer.status !== status || JSON.parse(answer.body).code !== code) {
      throw new Error(`${path} ${body} was answered ${answer.status} ${answer.body}, not ${code}`);
    }
    this.counts.reject(answer);
  }

  /** One of the newest orders with a known outcome. */
  #answered(): { readonly market: SoakMarket; readonly placement: Placement } | undefined {
    const answered = this.#own.slice(-20).filter(({ placement }) => placement.answer !== undefined);
    return answered.length === 0 ? undefined : this.#random.pick(answered);
  }

  /** The answer, or undefined if the venue was killed before it arrived. */
  async #post(path: string, body?: string): Promise<HttpAnswer | undefined> {
    const { killCount } = this.#part;
    try {
      return await this.#venue.http.post(path, body);
    } catch (cause) {
      if (this.#part.mayHaveFailed(killCount)) return undefined;
      throw new Error(`${path} failed without a kill of the venue: ${body}`, { cause });
    }
  }
}
