import {
  type CallTerms,
  type ObjectCall,
  type PlaceCall,
  writeLine,
} from "../../durable-objects/calls/call.ts";
import { SELF_TRADE_MODES } from "../../engine/vocabulary/terms.ts";
import type { Random } from "../support/random.ts";
import { bodyOf, object, statusOf } from "./flow.ts";

const MID = 100;

/** A seeded stream of requests of every kind, with the counts of their results. */
export class TermsFlow {
  readonly #random: Random;
  readonly #instrument: string;
  readonly #ids: string[] = [];
  #count = 0;
  /** The counts by status of an order or code of a refusal. */
  readonly seen = new Map<string, number>();
  nowMs: number;

  constructor(random: Random, instrument: string, nowMs: number) {
    this.#random = random;
    this.#instrument = instrument;
    this.nowMs = nowMs;
  }

  /** Submits a random number of requests at once. Answers may be refusals, but never errors. */
  async step(sizeMax = 12): Promise<void> {
    const requests = Array.from({ length: this.#random.between(1, sizeMax) }, () => this.#request());
    const stub = object(this.#instrument);
    const answers = await Promise.all(requests.map((request) => stub.submit(writeLine(request))));
    for (const answer of answers) this.#note(statusOf(answer), bodyOf(answer));
  }

  #note(status: number, body: Record<string, unknown>): void {
    if (status >= 400) this.#tell(String(body.code));
    const {
      results = [],
      orders = [],
      order_id,
    } = body as {
      results?: { status: number; body: Record<string, unknown> }[];
      orders?: Record<string, unknown>[];
      order_id?: string;
    };
    for (const result of results) this.#note(result.status, result.body);
    for (const order of orders) this.#note(201, order);
    if (order_id === undefined) return;
    this.#ids.push(order_id);
    this.#tell(`${body.type} ${body.status}${body.cancel_reason === null ? "" : ` ${body.cancel_reason}`}`);
  }

  #tell(what: string): void {
    this.seen.set(what, (this.seen.get(what) ?? 0) + 1);
  }

  #request(): ObjectCall {
    const random = this.#random;
    const kind = random.weighted({ place: 60, change: 22, oco: 4, cancel_all: 2, batch: 8, status: 4 });
    const clientId = `client-${random.below(6)}`;
    const idempotencyKey = null;
    switch (kind) {
      case "place":
        return this.#place();
      case "change":
        return this.#change();
      case "cancel_all":
        return { kind, clientId, side: random.pick(["buy", "sell", null]) };
      case "oco": {
        const side = random.pick(["buy", "sell"] as const);
        const away = side === "sell" ? 1 : -1;
        const [price, stopPrice] = [
          this.#price(away * random.between(1, 9)),
          this.#price(-away * random.between(1, 9)),
        ];
        const clientOrderIds = [null, null] as const;
        const stopLimitPrice = random.chance(0.5) ? stopPrice : null;
        const quantity = this.#quantity();
        const common = { kind, clientId, idempotencyKey, clientOrderIds, terms: {} } as const;
        return { ...common, side, price, stopPrice, stopLimitPrice, quantity };
      }
      case "batch": {
        const entries = Array.from({ length: random.between(1, 20) }, () =>
          random.chance(0.6) ? this.#place() : this.#change(),
        );
        const isBrief = entries.length % 2 === 0;
        const common = { kind, isBrief, clientId: null, idempotencyKey, identity: "" } as const;
        return { ...common, isAtomic: random.chance(0.5), entries };
      }
      default: {
        const status = random.weighted({
          trading: 60,
          auction: 15,
          post_only: 10,
          halted: 10,
          cancel_only: 10,
        });
        const forMs = random.chance(0.5) ? random.between(1, 3_000) : null;
        return { kind: "status", status, forMs };
      }
    }
  }

  #change(): Extract<ObjectCall, { kind: "cancel" | "amend" }> | PlaceCall {
    const random = this.#random;
    const orderId =
      this.#ids.length === 0 ? undefined : this.#ids.at(-1 - random.below(Math.min(60, this.#ids.length)));
    if (orderId === undefined) return this.#place();
    if (random.chance(0.4)) return { kind: "cancel", orderId };
    const change = random.weighted({ price: 30, quantity: 50, stop: 20 });
    if (change === "price") return { kind: "amend", orderId, price: this.#price(random.between(-8, 8)) };
    if (change === "stop") return { kind: "amend", orderId, stopPrice: this.#price(random.between(-8, 8)) };
    return { kind: "amend", orderId, quantity: this.#quantity() };
  }

  #place(): PlaceCall {
    const random = this.#random;
    const type = random.weighted({ limit: 60, market: 14, stop: 9, stop_limit: 9, trailing_stop: 8 });
    const side = random.pick(["buy", "sell"] as const);
    const behind = side === "buy" ? -1 : 1;
    const isByQuote = type === "market" && random.chance(0.4);
    const hasLimit = type === "limit" || type === "stop_limit";
    this.#count++;
    return {
      kind: "place",
      side,
      type,
      clientId: `client-${random.below(6)}`,
      idempotencyKey: random.chance(0.3) ? `key-${random.seed}-${this.#count}` : null,
      clientOrderId: random.chance(0.2) ? `name-${random.seed}-${random.below(1 + this.#count)}` : null,
      price: hasLimit ? this.#price(behind * random.between(-3, 9)) : null,
      quantity: isByQuote ? null : this.#quantity(),
      terms: this.#terms(type, behind, isByQuote),
    };
  }

  #terms(type: PlaceCall["type"], behind: number, isByQuote: boolean): CallTerms {
    const random = this.#random;
    const mode = random.pick(SELF_TRADE_MODES);
    const selfTrade = random.chance(0.4) && mode !== "expire_taker" ? { selfTrade: mode } : {};
    const group = random.chance(0.15) ? { selfTradeGroup: random.pick(["desk", "client-1"]) } : {};
    if (type === "market")
      return {
        ...selfTrade,
        ...group,
        ...(isByQuote ? { quoteQuantity: `${random.between(1, 3000)}` } : {}),
      };
    const lifetime = random.weighted({
      gtc: 60,
      gtd: 25,
      day: 10,
      ioc: type === "limit" ? 8 : type === "stop_limit" ? 15 : 0,
      fok: type === "limit" ? 5 : type === "stop_limit" ? 25 : 0,
    });
    const life: CallTerms =
      lifetime === "gtc"
        ? {}
        : {
            timeInForce: lifetime,
            ...(lifetime === "gtd" ? { expiresAtMs: this.nowMs + random.between(1, 20_000) } : {}),
          };
    const mayRest = lifetime !== "ioc" && lifetime !== "fok";
    const post = type === "limit" && mayRest && random.chance(0.15) ? { postOnly: true as const } : {};
    const hasSlice = (type === "limit" || type === "stop_limit") && mayRest && random.chance(0.3);
    const slice = hasSlice ? { displayQuantity: `${random.between(1, 6)}` } : {};
    const trigger =
      type === "limit"
        ? {}
        : type === "trailing_stop"
          ? random.chance(0.5)
            ? { trailAmount: `${random.between(1, 5)}` }
            : { trailBasisPoints: random.between(50, 500) }
          : { stopPrice: this.#price(-behind * random.between(-1, 8)) };
    return { ...life, ...post, ...slice, ...selfTrade, ...group, ...trigger };
  }

  #price(distance: number): string {
    return `${MID + distance}`;
  }

  #quantity(): string {
    return `${this.#random.between(1, 20)}`;
  }
}
