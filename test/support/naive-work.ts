import type { StatusReason, TradingStatus } from "../../engine/vocabulary/trading-status.ts";
import type { RunningUncross } from "../../engine/vocabulary/unfinished.ts";
import { BUY, type QuantityLots, SELL } from "../../engine/vocabulary/units.ts";
import { NaiveMarket } from "./naive-market.ts";
import { type Incoming, type NaiveOrder, stopPriceOf, without } from "./naive-order.ts";
import { bestUncross } from "./naive-uncross.ts";

/** Work that may take more than one command: cancels, expiries, triggered stops, an uncross. */
export class NaiveWork extends NaiveMarket {
  /** A copy of the market with a future of its own. */
  clone(): NaiveWork {
    const { rules, ...state } = this;
    return Object.assign(new NaiveWork(rules), structuredClone(state));
  }

  /** The reason why an order would not be filled completely at once, found by trying it. */
  whyNotFilled(order: Incoming, timeMs: number): "would_not_fill" | "too_many_changes" | undefined {
    const trial = { ...order };
    const market = this.clone();
    market.timeMs = timeMs;
    market.execute(trial);
    // An order with a prevented quantity is not filled completely.
    if (trial.quantityLots !== order.quantityLots) return "would_not_fill";
    if (trial.remainingLots === 0) return undefined;
    const last = market.events.findLast((event) => event.kind === "cancelled");
    const hasMetTooMany = last?.orderNumber === trial.orderNumber && last.reason === "too_many_fills";
    return hasMetTooMany ? "too_many_changes" : "would_not_fill";
  }

  /** Continues a stop as the order that it becomes. A fill-or-kill order that is not filled ends. */
  trigger(stop: NaiveOrder): void {
    const { orderNumber, side, remainingLots } = stop;
    this.drop(stop);
    this.tell({ kind: "triggered", orderNumber, side, stopPriceTicks: stopPriceOf(stop) });
    this.endLinked(stop);
    const rest = without(stop.terms, ["stopPriceTicks", "trailTicks", "trailBasisPoints"]);
    const terms = Object.keys(rest).length === 0 ? undefined : rest;
    const order = { ...stop, terms, isWaiting: false, isReached: false, anchorTicks: undefined };
    const why = terms?.timeInForce === "fok" ? this.whyNotFilled(order, this.timeMs) : undefined;
    if (why === undefined) {
      this.execute(order);
      return;
    }
    const reason = why === "too_many_changes" ? "too_many_fills" : why;
    const priceTicks = undefined;
    this.tell({ kind: "cancelled", orderNumber, side, priceTicks, cancelledLots: remainingLots, reason });
  }

  /** Triggers the oldest of the first reached buy stop, sell stop and trailing stops, until there is none. */
  triggerAll(): void {
    while (this.isTriggering && !this.isEnough) {
      const trailing = this.waiting.filter(
        ({ isReached, terms }) => isReached && terms?.stopPriceTicks === undefined,
      );
      const firsts = [...this.reachedStops(BUY).slice(0, 1), ...this.reachedStops(SELL).slice(0, 1)];
      const [stop] = [...firsts, ...trailing].sort((a, b) => a.orderNumber - b.orderNumber);
      if (stop === undefined) throw new Error("a stop is reached and cannot be found");
      const doom = this.doomOf(stop);
      if (doom === undefined) this.trigger(stop);
      else this.end(stop, doom);
    }
  }

  /** Continues the mass cancels in their order, the oldest order first. */
  cancelOn(): void {
    for (let [first] = this.massCancels; first !== undefined; [first] = this.massCancels) {
      if (this.isEnough) return;
      const { client, side, throughNumber } = first;
      const isMeant = (order: NaiveOrder) =>
        order.client === client && order.side === (side ?? order.side) && order.orderNumber <= throughNumber;
      const [oldest] = this.openOrders.filter(isMeant).sort((a, b) => a.orderNumber - b.orderNumber);
      if (oldest === undefined) this.massCancels = this.massCancels.slice(1);
      else this.end(oldest, "by_owner");
    }
  }

  changeStatus(status: TradingStatus, reason: StatusReason, untilMs: number | undefined): void {
    const isContinuous = status === "trading" || status === "post_only";
    const result = isContinuous ? bestUncross(this) : undefined;
    if (result === undefined) {
      this.enterStatus(status, reason, untilMs);
      return;
    }
    const { priceTicks, volumeLots: leftLots } = result;
    const until = untilMs === undefined ? {} : { untilMs };
    this.uncross = { priceTicks, leftLots, status, reason, ...until } as RunningUncross;
    this.uncrossOn();
  }

  /** Continues an uncross at its price. At its end the status changes. */
  uncrossOn(): void {
    if (this.uncross === undefined) return;
    let left: number = this.uncross.leftLots;
    while (left > 0) {
      if (this.isEnough) {
        this.uncross = { ...this.uncross, leftLots: left as QuantityLots };
        return;
      }
      const [buy, sell] = [this.resting[0][0] as NaiveOrder, this.resting[1][0] as NaiveOrder];
      const lots = Math.min(left, buy.displayedLots, sell.displayedLots);
      const [maker, taker] = buy.orderNumber < sell.orderNumber ? [buy, sell] : [sell, buy];
      this.traded(maker, taker, this.uncross.priceTicks, lots, true);
      this.afterTrade(maker);
      this.afterTrade(taker);
      left -= lots;
    }
    const { status, reason, untilMs } = this.uncross;
    this.uncross = undefined;
    this.enterStatus(status, reason, untilMs);
  }

  /**
   * Does unfinished work first, then whatever is due first. At one time, an expiry comes before the end of a
   * halt.
   */
  advance(cutoffMs: number): void {
    const cutoff = Math.max(cutoffMs, this.expiringMs);
    const { expiryMs, untilMs } = this.#nextDue();
    const hasDue = Math.min(expiryMs, untilMs) <= cutoff;
    if (hasDue && cutoffMs > this.expiringMs) {
      this.tell({ kind: "advanced", cutoffMs });
      this.expiringMs = cutoff;
    }
    this.uncrossOn();
    if (this.uncross === undefined) this.cancelOn();
    for (let due = this.#nextDue(); ; due = this.#nextDue()) {
      if (Math.min(due.expiryMs, due.untilMs) > cutoff || this.isEnough || this.uncross) return;
      if (due.order !== undefined && due.expiryMs <= due.untilMs) this.end(due.order, "expired");
      else if (this.massCancels.length > 0) return;
      else if (this.status === "auction") this.changeStatus("trading", "auction_ended", undefined);
      else {
        const auctionMs = this.rules.volatility?.auctionMs ?? 0;
        this.changeStatus("auction", "halt_ended", this.timeMs + auctionMs);
      }
    }
  }

  /** The order that expires first, its expiry, and the end of the phase. */
  #nextDue(): { order: NaiveOrder | undefined; expiryMs: number; untilMs: number } {
    const expiresAt = (order: NaiveOrder) => order.terms?.expiresAtMs ?? Number.POSITIVE_INFINITY;
    const [order] = this.openOrders.sort(
      (a, b) => expiresAt(a) - expiresAt(b) || a.orderNumber - b.orderNumber,
    );
    const expiryMs = order === undefined ? Number.POSITIVE_INFINITY : expiresAt(order);
    return { order, expiryMs, untilMs: this.statusUntilMs ?? Number.POSITIVE_INFINITY };
  }
}
