import type { Journal } from "../../durable-objects/journal/journal.ts";
import type { Event } from "../../engine/vocabulary/event.ts";
import type { InstrumentSpec } from "../../protocol/instrument-spec.ts";
import { formatOrderId } from "../../protocol/order-id.ts";
import { jsonbText } from "./jsonb-text.ts";
import type { Row } from "./row-compare.ts";

/** The expected rows of an instrument in Postgres, every value as text. */
export interface ExpectedTables {
  readonly orders: readonly Row[];
  readonly trades: readonly Row[];
  readonly watermark: Row;
}

type EventOf<K extends Event["kind"]> = Event & { kind: K };

/** The state of an order after its events. Sums are of lots, and of ticks × lots. */
interface Order {
  readonly accepted: EventOf<"accepted">;
  readonly clientId: string;
  readonly idempotencyKey: string | null;
  filledLots: bigint;
  filledTicksLots: bigint;
  cancelledLots: bigint;
  preventedLots: bigint;
  /** The sequence that put it at the back of a queue, or accepted it. */
  priority: number;
  cancelReason: string | null;
  isWaiting: boolean;
  last: Event;
}

/**
 * Folds the journal into the rows of Postgres, with independent arithmetic: it uses none of the code that
 * writes those rows. The owner of an order and its key come from the instrument's `orders`, since events
 * contain only a number.
 * @throws if an event names an order that was never accepted.
 */
export function expectedTables(spec: InstrumentSpec, journal: Journal, sql: SqlStorage): ExpectedTables {
  const { instrument } = spec;
  const epoch = String(journal.epoch());
  const owners = readOwners(sql);
  const orders = new Map<number, Order>();
  const order = (number: number): Order => orders.get(number) ?? fail(`order ${number} never entered`);
  const trades: Row[] = [];
  const events = journal.eventsAfter(0);
  for (const event of events) {
    switch (event.kind) {
      case "accepted":
        orders.set(event.orderNumber, entered(event, owners));
        break;
      case "rested": {
        const rested = order(event.orderNumber);
        rested.priority = event.sequence;
        rested.last = event;
        break;
      }
      case "armed":
      case "triggered": {
        const stop = order(event.orderNumber);
        stop.isWaiting = event.kind === "armed";
        stop.last = event;
        break;
      }
      case "prevented":
        for (const side of [order(event.makerOrderNumber), order(event.takerOrderNumber)]) {
          side.preventedLots += BigInt(event.preventedLots);
          side.last = event;
        }
        break;
      case "cancelled": {
        const cancelled = order(event.orderNumber);
        cancelled.cancelledLots += BigInt(event.cancelledLots);
        cancelled.cancelReason = event.reason;
        cancelled.last = event;
        break;
      }
      case "traded": {
        const [maker, taker] = [order(event.makerOrderNumber), order(event.takerOrderNumber)];
        for (const side of [maker, taker]) {
          side.filledLots += BigInt(event.quantityLots);
          side.filledTicksLots += BigInt(event.priceTicks) * BigInt(event.quantityLots);
          side.last = event;
        }
        trades.push({ ...tradeRow(spec, event, maker, taker), instrument, epoch });
      }
    }
  }
  const rows = Array.from(orders.values(), (each) => ({ ...orderRow(spec, each), instrument, epoch }));
  const watermark = { ...watermarkRow(events), instrument, epoch };
  return { orders: rows, trades, watermark };
}

function entered(accepted: EventOf<"accepted">, owners: ReturnType<typeof readOwners>): Order {
  const owner = owners.get(accepted.orderNumber) ?? fail(`order ${accepted.orderNumber} is nobody's`);
  if (owner.client_number !== accepted.client) fail(`order ${accepted.orderNumber} is of another client`);
  return {
    accepted,
    clientId: owner.client_id,
    idempotencyKey: owner.idempotency_key,
    cancelReason: null,
    isWaiting: false,
    filledLots: 0n,
    filledTicksLots: 0n,
    cancelledLots: 0n,
    preventedLots: 0n,
    priority: accepted.sequence,
    last: accepted,
  };
}

function orderRow(spec: InstrumentSpec, order: Order): Row {
  const { accepted, filledLots, cancelledLots, last } = order;
  const quantityLots = BigInt(accepted.quantityLots);
  const priceTicks = accepted.priceTicks === undefined ? null : BigInt(accepted.priceTicks);
  const remainingLots = quantityLots - filledLots - cancelledLots;
  const working = order.isWaiting ? "waiting" : "open";
  const open = filledLots === 0n ? working : "partially_filled";
  const unended = remainingLots === 0n ? "filled" : open;
  const lots = (count: bigint) => amount(count * BigInt(spec.lot.units), spec.lot.scale);
  return {
    order_id: orderId(spec, accepted),
    order_number: String(accepted.sequence),
    client_id: order.clientId,
    idempotency_key: order.idempotencyKey,
    side: SIDES[accepted.side],
    client_order_id: null,
    type: accepted.type,
    price: priceTicks === null ? null : amount(priceTicks * BigInt(spec.tick.units), spec.tick.scale),
    quantity: lots(quantityLots),
    filled_quantity: lots(filledLots),
    remaining_quantity: lots(remainingLots),
    cancelled_quantity: lots(cancelledLots),
    filled_notional: notional(spec, order.filledTicksLots),
    prevented_quantity: lots(order.preventedLots),
    status: cancelledLots > 0n ? "cancelled" : unended,
    cancel_reason: order.cancelReason,
    price_ticks: priceTicks === null ? null : String(priceTicks),
    quantity_lots: String(quantityLots),
    filled_lots: String(filledLots),
    prevented_lots: String(order.preventedLots),
    self_trade_prevention: accepted.selfTrade,
    terms: accepted.terms === undefined ? null : jsonbText({ terms: accepted.terms }),
    priority_sequence: String(order.priority),
    updated_sequence: String(last.sequence),
    accepted_at: time(accepted.timeMs),
    updated_at: time(last.timeMs),
  };
}

function tradeRow(spec: InstrumentSpec, event: EventOf<"traded">, maker: Order, taker: Order): Row {
  const [ticks, lots] = [BigInt(event.priceTicks), BigInt(event.quantityLots)];
  return {
    trade_number: String(event.tradeNumber),
    sequence: String(event.sequence),
    maker_order_id: orderId(spec, maker.accepted),
    taker_order_id: orderId(spec, taker.accepted),
    maker_client_id: maker.clientId,
    taker_client_id: taker.clientId,
    taker_side: SIDES[event.takerSide],
    price: amount(ticks * BigInt(spec.tick.units), spec.tick.scale),
    quantity: amount(lots * BigInt(spec.lot.units), spec.lot.scale),
    notional: notional(spec, ticks * lots),
    price_ticks: String(ticks),
    quantity_lots: String(lots),
    executed_at: time(event.timeMs),
  };
}

function watermarkRow(events: readonly Event[]): Row {
  const last = events.at(-1) ?? fail("the journal is empty");
  const trade = events.findLast((event) => event.kind === "traded");
  return {
    last_sequence: String(last.sequence),
    last_trade_number: String(trade?.tradeNumber ?? 0),
    last_trade_price_ticks: trade === undefined ? null : String(trade.priceTicks),
    last_event_at: time(last.timeMs),
  };
}

function readOwners(sql: SqlStorage) {
  const rows = sql.exec<{
    order_number: number;
    client_number: number;
    client_id: string;
    idempotency_key: string | null;
  }>(
    "SELECT order_number, client_number, client_id, idempotency_key FROM order_columns JOIN clients USING (client_number)",
  );
  return new Map(Array.from(rows, (row) => [row.order_number, row]));
}

const SIDES = ["buy", "sell"] as const;

function orderId({ number }: InstrumentSpec, { orderNumber, timeMs }: EventOf<"accepted">): string {
  return formatOrderId({ timeMs, instrumentNumber: number, orderNumber });
}

function notional({ tick, lot }: InstrumentSpec, ticksTimesLots: bigint): string {
  return amount(ticksTimesLots * BigInt(tick.units) * BigInt(lot.units), tick.scale + lot.scale);
}

/** `units` × 10^−`scale` with exactly `scale` digits after the point. */
function amount(units: bigint, scale: number): string {
  const one = 10n ** BigInt(scale);
  const fraction = scale === 0 ? "" : `.${String(units % one).padStart(scale, "0")}`;
  return `${units / one}${fraction}`;
}

/** Formats a time like `TIME_FORMAT` in Postgres, to the microsecond. There must be none. */
function time(timeMs: number): string {
  return new Date(timeMs).toISOString().replace("Z", "000Z");
}

function fail(message: string): never {
  throw new Error(message);
}
