import type { TradeView } from "../../../protocol/market-data.ts";
import type { PlacedOrderView, PublicOrderView } from "../../../protocol/order-entry.ts";
import type { HttpAnswer } from "./http-client.ts";

/** An order that a client sent under its key, and the answer if one arrived. */
export interface Placement {
  readonly clientId: string;
  readonly idempotencyKey: string;
  readonly body: string;
  answer: HttpAnswer | undefined;
}

/** The answers of a venue's clients, and the requests without an answer. */
export class ClientLedger {
  readonly placements: Placement[] = [];
  /** The last reported state of each order, by id. */
  readonly orders = new Map<string, PublicOrderView>();
  readonly trades = new Map<number, TradeView>();
  /** Orders whose cancel got no answer. */
  readonly unknownCancels = new Set<string>();
  cancelledCount = 0;
  rejectedCount = 0;

  unknownPlacements(): Placement[] {
    return this.placements.filter(({ answer }) => answer === undefined);
  }

  /** Records the answer to a placed order: accepted, or rejected by a rule. */
  placed(placement: Placement, answer: HttpAnswer): void {
    if (answer.status === 201) {
      const { client_id, idempotency_key, trades, trade_count, ...order }: PlacedOrderView = JSON.parse(
        answer.body,
      );
      if (trade_count !== trades.length) throw new Error(`${order.order_id} does not list all its trades`);
      this.orders.set(order.order_id, order);
      for (const trade of trades) this.trades.set(trade.trade_id, trade);
    } else if (answer.status === 422) {
      this.rejectedCount++;
    } else {
      throw new Error(`a placed order was answered ${answer.status} ${answer.body}`);
    }
    placement.answer = answer;
  }

  /** Records the answer to a cancel: done, or too late. Both contain the order. */
  cancelled(orderId: string, answer: HttpAnswer): void {
    if (answer.status !== 200 && answer.status !== 409) {
      throw new Error(`a cancel was answered ${answer.status} ${answer.body}`);
    }
    const stated = JSON.parse(answer.body);
    const { client_id, idempotency_key, ...order } = answer.status === 200 ? stated : stated.order;
    if (answer.status === 200) this.cancelledCount++;
    this.orders.set(orderId, order);
    this.unknownCancels.delete(orderId);
  }
}

const FIXED = ["order_id", "instrument", "side", "type", "price", "quantity", "sequence", "time"] as const;
const GROWING = ["filled_quantity", "filled_notional", "cancelled_quantity", "updated_sequence"] as const;

/** The contradiction between an earlier state of an order and its current one; undefined if there is none. */
export function contradiction(told: PublicOrderView, now: PublicOrderView): string | undefined {
  const say = (what: string) => `${what}\n  told: ${JSON.stringify(told)}\n  now:  ${JSON.stringify(now)}`;
  const isClosed = told.status === "filled" || told.status === "cancelled";
  if (isClosed && JSON.stringify(told) !== JSON.stringify(now)) return say("a closed order changed");
  for (const field of FIXED) if (told[field] !== now[field]) return say(`${field} changed`);
  for (const field of GROWING) if (Number(told[field]) > Number(now[field])) return say(`${field} shrank`);
  const lots = (text: string) => BigInt(text.replace(".", ""));
  const parts = lots(now.filled_quantity) + lots(now.remaining_quantity) + lots(now.cancelled_quantity);
  if (parts !== lots(now.quantity)) return say("filled, remaining and cancelled do not add up");
  return undefined;
}
