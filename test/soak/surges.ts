import { setTimeout as sleep } from "node:timers/promises";
import { formatSteps } from "../../protocol/decimal.ts";
import type { PlacedOrderView, PublicOrderView } from "../../protocol/order-entry.ts";
import type { Random } from "../support/random.ts";
import type { Placement } from "../system/support/client-ledger.ts";
import type { HttpAnswer } from "../system/support/http-client.ts";
import { RawPeer } from "../system/support/raw-peer.ts";
import type { SoakMarket } from "./market.ts";
import type { Part } from "./part.ts";
import type { SoakVenue } from "./soak-venue.ts";

export const SURGES = ["mass expiry", "mass disconnect", "stop cascade"] as const;
export type SurgeKind = (typeof SURGES)[number];

/** The size of a surge. */
export interface SurgeSize {
  readonly orders: number;
  readonly clients: number;
}

const CALLS_AT_ONCE = 32;
/**
 * Further from the middle than the price of any other order: a trade there has taken all orders before it.
 */
const FAR_STEPS = 61;
/** An order that would trade there meets at most 1,000 others, so that several may be needed. */
const SWEEPS_MAX = 20;
const LIFETIME_MS_MAX = 60_000;
/** The outcome of orders must have happened by then, even through kills of the venue. */
const OUTCOME_MS_MAX = 120_000;

/** Many orders with the same fate at once: they expire, lose their client, or are triggered. */
export class Surges {
  readonly #markets: readonly SoakMarket[];
  readonly #venue: SoakVenue;
  readonly #part: Part;
  readonly #size: SurgeSize;
  readonly #signal: AbortSignal;
  #count = 0;
  /** The lifetime of orders that expire at once: longer than it takes to place them. */
  #lifetimeMs: number;
  /** Orders that have expired, lost their client or been triggered, by the kind of surge. */
  readonly orderCounts = new Map<SurgeKind, number>(SURGES.map((kind) => [kind, 0]));

  /** @param part the venue as a part that is killed. */
  constructor(
    markets: readonly SoakMarket[],
    venue: SoakVenue,
    part: Part,
    size: SurgeSize,
    signal: AbortSignal,
  ) {
    this.#markets = markets;
    this.#venue = venue;
    this.#part = part;
    this.#size = size;
    this.#signal = signal;
    this.#lifetimeMs = 3_000 + 8 * size.orders;
  }

  /**
   * Makes a surge, and waits until it is over. Returns false if a kill or the clock prevented it from
   * happening at once.
   * @throws if the orders do not have their outcome in time.
   */
  async make(kind: SurgeKind, random: Random): Promise<boolean> {
    const market = random.pick(this.#markets);
    const clients = Array.from({ length: this.#size.clients }, (_, index) => `surge-${this.#count}-${index}`);
    this.#count++;
    const struck = await this.#make(kind, market, clients, random);
    await this.#each(clients, (client_id) => this.#cancelAll(client_id, market));
    this.orderCounts.set(kind, (this.orderCounts.get(kind) ?? 0) + struck);
    return struck >= this.#size.orders / 2;
  }

  /** @returns the number of orders that it hit at once. */
  #make(kind: SurgeKind, market: SoakMarket, clients: readonly string[], random: Random): Promise<number> {
    if (kind === "mass expiry") return this.#expire(market, clients, random);
    return kind === "mass disconnect"
      ? this.#disconnect(market, clients, random)
      : this.#trigger(market, clients, random);
  }

  async #expire(market: SoakMarket, clients: readonly string[], random: Random): Promise<number> {
    const far = { side: "buy", type: "limit", price: market.price(-FAR_STEPS) };
    const [first] = await this.#placeAll(market, clients.slice(0, 1), 1, () => ({
      ...far,
      quantity: market.quantity(random),
    }));
    if (first === undefined) throw new Error("an order far from the middle was refused");
    // In the instrument's time, since the host's clock may be set.
    const expires_at = new Date(Date.parse(first.time) + this.#lifetimeMs).toISOString();
    const placed = await this.#placeAll(market, clients, this.#size.orders, () => ({
      ...far,
      quantity: market.quantity(random),
      time_in_force: "gtd",
      expires_at,
    }));
    const ended = await this.#outcomes(placed, ({ status }) => status === "filled" || status === "cancelled");
    const expired = ended.filter(({ cancel_reason }) => cancel_reason === "expired").length;
    // If it was too slow, it tries again with more time.
    if (expired < this.#size.orders / 2) this.#lifetimeMs = Math.min(LIFETIME_MS_MAX, 2 * this.#lifetimeMs);
    return expired;
  }

  async #disconnect(market: SoakMarket, clients: readonly string[], random: Random): Promise<number> {
    await this.#untilUp();
    const { killCount } = this.#part;
    const peers: RawPeer[] = [];
    try {
      for (const client_id of clients) {
        const query = new URLSearchParams({
          channels: "",
          instrument: market.instrument,
          client_id,
          cancel_on_disconnect: "true",
        });
        peers.push(await RawPeer.open(`${this.#venue.url}/stream?${query}`));
      }
    } catch (cause) {
      for (const peer of peers) peer.destroy();
      if (!this.#part.mayHaveFailed(killCount)) throw cause;
      return 0;
    }
    const placed = await this.#placeAll(market, clients, this.#size.orders, () => ({
      side: "buy",
      type: "limit",
      price: market.price(-FAR_STEPS),
      quantity: market.quantity(random),
    }));
    for (const peer of peers) peer.cut(random.pick(["fin", "reset"]));
    // A kill has cut the connections before, and clients that are gone cannot lose more.
    if (this.#part.mayHaveFailed(killCount)) return 0;
    const ended = await this.#outcomes(placed, ({ status }) => status === "filled" || status === "cancelled");
    return ended.filter(({ cancel_reason }) => cancel_reason === "by_owner").length;
  }

  async #trigger(market: SoakMarket, clients: readonly string[], random: Random): Promise<number> {
    const stop_price = market.price(-FAR_STEPS);
    const stops = await this.#placeAll(market, clients, this.#size.orders, () => ({
      side: "sell",
      type: "stop_limit",
      stop_price,
      price: market.price(FAR_STEPS),
      quantity: market.quantity(random),
    }));
    const waiting = stops.filter(({ status }) => status === "waiting");
    const [maker = "", taker = ""] = clients;
    const { lot, rules } = market.spec;
    const quantity = formatSteps(rules.maximumQuantityLots, lot);
    for (let sweep = 0; waiting[0] !== undefined && (await this.#isWaiting(waiting[0])); sweep++) {
      if (sweep >= SWEEPS_MAX) throw new Error(`${waiting[0].order_id} is not triggered at ${stop_price}`);
      const buy = { side: "buy", type: "limit", price: stop_price, quantity: market.quantity(random) };
      await this.#place(market, maker, buy);
      const sell = { side: "sell", type: "limit", price: stop_price, time_in_force: "ioc", quantity };
      await this.#place(market, taker, sell);
    }
    return (await this.#outcomes(waiting, ({ status }) => status !== "waiting")).length;
  }

  /** Places a number of orders, with a share for each client. @returns those that were accepted. */
  async #placeAll(
    market: SoakMarket,
    clients: readonly string[],
    count: number,
    draw: () => object,
  ): Promise<PlacedOrderView[]> {
    const accepted: PlacedOrderView[] = [];
    await this.#each([...Array(count).keys()], async (index) => {
      const placed = await this.#place(market, clients[index % clients.length] as string, draw());
      if (placed !== undefined) accepted.push(placed);
    });
    return accepted;
  }

  /** Places an order, through kills, under its own key. @returns undefined if it was rejected. */
  async #place(market: SoakMarket, client: string, terms: object): Promise<PlacedOrderView | undefined> {
    const { placements } = market.ledger;
    const idempotencyKey = `surge-${placements.length}`;
    const named = { client_id: client, instrument: market.instrument, idempotency_key: idempotencyKey };
    const body = JSON.stringify({ ...named, ...terms });
    const placement: Placement = { clientId: client, idempotencyKey, body, answer: undefined };
    placements.push(placement);
    const answer = await this.#call(() => this.#venue.http.post("/orders", body));
    market.ledger.placed(placement, answer);
    return answer.status === 201 ? JSON.parse(answer.body) : undefined;
  }

  async #cancelAll(client_id: string, { instrument }: SoakMarket): Promise<void> {
    const body = JSON.stringify({ client_id, instrument });
    const { status, body: text } = await this.#call(() => this.#venue.http.post("/orders/cancel-all", body));
    if (status !== 200) throw new Error(`cancel-all of ${client_id} is answered ${status} ${text}`);
  }

  async #isWaiting(order: PublicOrderView): Promise<boolean> {
    return (await this.#read(order)).status === "waiting";
  }

  async #read({ order_id }: PublicOrderView): Promise<PublicOrderView> {
    const { status, body } = await this.#call(() => this.#venue.http.get(`/public/orders/${order_id}`));
    if (status !== 200) throw new Error(`order ${order_id} is answered ${status} ${body}`);
    return JSON.parse(body);
  }

  /**
   * Reads orders until a condition holds for all. @throws if it does not in time, with an order that violates
   * it.
   */
  async #outcomes(
    orders: readonly PublicOrderView[],
    isOver: (order: PublicOrderView) => boolean,
  ): Promise<PublicOrderView[]> {
    const over: PublicOrderView[] = [];
    const endMs = performance.now() + OUTCOME_MS_MAX;
    for (let left = orders; left.length > 0; ) {
      const still: PublicOrderView[] = [];
      await this.#each(left, async (order) => {
        const now = await this.#read(order);
        (isOver(now) ? over : still).push(now);
      });
      if (still.length > 0 && performance.now() > endMs)
        throw new Error(`${still.length} orders are as they were, such as ${JSON.stringify(still[0])}`);
      left = still;
      if (left.length > 0) await sleep(200, undefined, { signal: this.#signal });
    }
    return over;
  }

  /** The answer to a call, which is repeated if the venue was killed before it arrived. */
  async #call(make: () => Promise<HttpAnswer>): Promise<HttpAnswer> {
    for (;;) {
      await this.#untilUp();
      const { killCount } = this.#part;
      try {
        return await make();
      } catch (cause) {
        if (!this.#part.mayHaveFailed(killCount)) throw cause;
      }
    }
  }

  async #untilUp(): Promise<void> {
    while (!this.#part.isUp) await sleep(10, undefined, { signal: this.#signal });
  }

  async #each<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
    const queue = items.values();
    const worker = async () => {
      for (const item of queue) await work(item);
    };
    await Promise.all(Array.from({ length: CALLS_AT_ONCE }, worker));
  }
}
