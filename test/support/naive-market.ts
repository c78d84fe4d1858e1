import type { CancelReason } from "../../engine/vocabulary/event.ts";
import type { StatusReason, TradingStatus } from "../../engine/vocabulary/trading-status.ts";
import { BUY, SELL, type Side } from "../../engine/vocabulary/units.ts";
import { areOwn, followTrade, type Incoming, type NaiveOrder, part, price, without } from "./naive-order.ts";
import { NaiveState } from "./naive-state.ts";

/** The changes of the oracle's state: orders trade, rest, wait, end. */
export class NaiveMarket extends NaiveState {
  /** Matches an order, which then rests or ends. */
  execute(order: Incoming): void {
    let stop: CancelReason | undefined;
    // The protection of a market order uses the price before it traded.
    const limit = this.limitOf(order);
    const couldAfford = (maker: NaiveOrder) => order.budget === undefined || order.budget >= price(maker);
    let met = 0;
    const isOpen = () => order.remainingLots > 0 || (order.budget !== undefined && !order.hasTraded);
    while (this.status !== "auction" && isOpen()) {
      const maker = this.meets(order, limit);
      if (maker === undefined) break;
      if (met++ === (this.rules.maximumFills ?? 500)) {
        stop = "too_many_fills";
        break;
      }
      const doom = this.doomOf(maker);
      if (doom !== undefined) {
        this.end(maker, doom);
        continue;
      }
      if (!couldAfford(maker)) break;
      if (order.budget !== undefined)
        order.remainingLots = Number(BigInt(order.budget) / BigInt(price(maker)));
      if (order.selfTrade !== "none" && areOwn(maker, order)) {
        if (!this.prevent(order, maker)) continue;
        stop = "self_trade";
        break;
      }
      if (this.trade(order, maker)) {
        stop = "halted";
        break;
      }
    }
    const next = this.meets(order, limit);
    this.#finish(order, stop, next !== undefined && !couldAfford(next));
    if (stop === "halted") {
      const untilMs = this.timeMs + (this.rules.volatility?.haltMs ?? 0);
      this.enterStatus("halted", "volatility", untilMs);
    }
  }

  #finish(order: Incoming, stop: CancelReason | undefined, tooDear: boolean): void {
    const { orderNumber, side, remainingLots, priceTicks, terms } = order;
    if (remainingLots === 0 && (order.budget === undefined || order.hasTraded)) return;
    if (stop === undefined && tooDear && order.hasTraded) {
      this.tell({ kind: "spent", orderNumber, side });
      return;
    }
    const isImmediate = terms?.timeInForce === "ioc" || terms?.timeInForce === "fok";
    if (stop === undefined && priceTicks !== undefined && !isImmediate) {
      this.rest(order);
      return;
    }
    let reason = stop ?? (priceTicks === undefined ? "no_liquidity" : "ioc");
    if (reason === "no_liquidity" && !tooDear && this.resting[1 - side]?.length) reason = "price_protection";
    this.tell({
      kind: "cancelled",
      orderNumber,
      side,
      priceTicks: undefined,
      cancelledLots: remainingLots,
      reason,
    });
  }

  /** Puts an order behind every other order at its price or a better one. */
  rest(order: NaiveOrder): void {
    const { orderNumber, client, side, quantityLots, remainingLots, selfTrade, terms } = order;
    order.displayedLots = Math.min(remainingLots, terms?.displayLots ?? remainingLots);
    this.queue(order);
    const fields = {
      client,
      side,
      priceTicks: order.priceTicks,
      quantityLots,
      remainingLots,
      selfTrade,
      terms,
    };
    this.tell({ kind: "rested", orderNumber, ...fields });
  }

  /** One trade with a maker. Returns whether it halts trading. */
  trade(taker: Incoming, maker: NaiveOrder): boolean {
    const lots = Math.min(taker.remainingLots, maker.displayedLots);
    const at = price(maker);
    const volatility = this.rules.volatility;
    const isFarFrom = (other: number) => Math.abs(at - other) > part(other, volatility?.moveBasisPoints ?? 0);
    const isBreach = this.recentTrades.some((trade) => isFarFrom(trade.priceTicks));
    taker.remainingLots -= lots;
    taker.hasTraded = true;
    if (taker.budget !== undefined) taker.budget -= lots * at;
    this.traded(maker, taker, at, lots, false);
    this.afterTrade(maker);
    return isBreach;
  }

  traded(maker: NaiveOrder, taker: NaiveOrder, priceTicks: number, lots: number, inAuction: boolean): void {
    const makers = inAuction ? [maker, taker] : [maker];
    for (const order of makers) {
      order.remainingLots -= lots;
      order.displayedLots -= lots;
      if (order.remainingLots === 0) this.drop(order);
    }
    this.tradeNumber++;
    this.tell({
      kind: "traded",
      tradeNumber: this.tradeNumber,
      makerOrderNumber: maker.orderNumber,
      takerOrderNumber: taker.orderNumber,
      takerSide: taker.side,
      priceTicks,
      quantityLots: lots,
      makerRemainingLots: maker.remainingLots,
      takerRemainingLots: taker.remainingLots,
      inAuction,
    });
    this.lastTradePriceTicks = priceTicks;
    if (inAuction) this.trades = [];
    this.trades.push({ timeMs: this.timeMs, priceTicks });
    this.#follow(priceTicks);
  }

  /** Updates the stops after a trade. */
  #follow(priceTicks: number): void {
    const before = [this.reachedStops(BUY).length > 0, this.reachedStops(SELL).length > 0];
    for (const stop of this.waiting) followTrade(stop, priceTicks);
    const isThere = (side: Side) =>
      this.reachedStops(side).some((stop) => {
        const stopTicks = stop.terms?.stopPriceTicks ?? 0;
        return side === BUY ? stopTicks <= priceTicks : stopTicks >= priceTicks;
      });
    if (isThere(BUY)) this.furthest[0] = Math.max(before[0] ? this.furthest[0] : 0, priceTicks);
    if (isThere(SELL)) this.furthest[1] = Math.min(before[1] ? this.furthest[1] : priceTicks, priceTicks);
  }

  /** Shows the next slice of an iceberg, and ends the other leg. */
  afterTrade(order: NaiveOrder): void {
    const { orderNumber, side, priceTicks } = order;
    if (order.displayedLots === 0 && order.remainingLots > 0) {
      this.drop(order);
      order.displayedLots = Math.min(order.terms?.displayLots ?? 0, order.remainingLots);
      this.queue(order);
      const hiddenLots = order.remainingLots - order.displayedLots;
      this.tell({
        kind: "replenished",
        orderNumber,
        side,
        priceTicks,
        displayedLots: order.displayedLots,
        hiddenLots,
      });
    }
    this.endLinked(order);
  }

  /** What happens instead of a trade. Returns whether the taker ends. */
  prevent(taker: Incoming, maker: NaiveOrder): boolean {
    const lots = Math.min(taker.remainingLots, maker.remainingLots);
    const mode = taker.selfTrade;
    const [makerHasMore, takerHasMore] = [maker.remainingLots > lots, taker.remainingLots > lots];
    const makerDecrementLots = mode === "decrement" && makerHasMore ? lots : 0;
    const takerDecrementLots = mode === "decrement" && takerHasMore ? lots : 0;
    const orders = { makerOrderNumber: maker.orderNumber, takerOrderNumber: taker.orderNumber };
    const decrements = { preventedLots: lots, makerDecrementLots, takerDecrementLots };
    this.tell({
      kind: "prevented",
      ...orders,
      takerSide: taker.side,
      priceTicks: maker.priceTicks,
      ...decrements,
    });
    maker.quantityLots -= makerDecrementLots;
    maker.remainingLots -= makerDecrementLots;
    maker.displayedLots = Math.min(maker.displayedLots, maker.remainingLots);
    taker.remainingLots -= takerDecrementLots;
    if (taker.budget === undefined) taker.quantityLots -= takerDecrementLots;
    else taker.budget -= takerDecrementLots * price(maker);
    const makerEnds = mode === "decrement" ? !makerHasMore : mode !== "expire_taker";
    if (makerEnds) this.end(maker, "self_trade");
    else if (makerDecrementLots > 0) this.endLinked(maker);
    return mode === "decrement" ? !takerHasMore : mode !== "expire_maker";
  }

  end(order: NaiveOrder, reason: CancelReason): void {
    const { orderNumber, side, remainingLots } = order;
    const priceTicks = order.isWaiting ? undefined : order.priceTicks;
    this.drop(order);
    this.tell({ kind: "cancelled", orderNumber, side, priceTicks, cancelledLots: remainingLots, reason });
    this.endLinked(order);
  }

  /** Ends the other leg of a pair, once. The order itself continues without a link. */
  endLinked(order: NaiveOrder): void {
    const { linkedTo, ...rest } = order.terms ?? {};
    if (linkedTo === undefined) return;
    order.terms = rest;
    const other = this.open(linkedTo);
    if (other === undefined) return;
    other.terms = without(other.terms, ["linkedTo"]);
    this.end(other, "linked");
  }

  enterStatus(status: TradingStatus, reason: StatusReason, untilMs: number | undefined): void {
    if (status === "halted") this.trades = [];
    this.status = status;
    this.statusUntilMs = untilMs;
    this.tell({ kind: "status_changed", status, reason, untilMs });
  }
}
