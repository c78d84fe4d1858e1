import { FROM_ENGINE } from "../../protocol/market-data.ts";
import type { OrderListView } from "../../protocol/order-entry.ts";
import type { OrderIdentity } from "../../protocol/order-id.ts";
import { type Answer, answer, problemAnswer } from "../calls/answer.ts";
import type {
  HeldOrderTrades,
  HeldOrderTradesAnswer,
  OpenOrdersPage,
  OrderTradesRange,
} from "../calls/instrument-calls.ts";
import type { LiveInstrument } from "../journal/live-instrument.ts";
import { heldOrderTrades } from "../journal/order-trades.ts";
import { orderBookView } from "../records/book-view.ts";
import { listedOrderView, orderIdOf, publicOrderView } from "../records/order-view.ts";
import { statusView } from "../records/status-view.ts";
import { shortList } from "../runtime/short-list.ts";
import type { Gate } from "./flush/gate.ts";

/** The parts of an instrument that reads use. */
interface ReadInstrument extends LiveInstrument {
  readonly gate: Gate;
}

/** Answers reads of an instrument, from memory and from its own storage. */
export class Reader {
  readonly #instrument: ReadInstrument;

  constructor(instrument: ReadInstrument) {
    this.#instrument = instrument;
  }

  /** The best `levels` price levels of each side, as JSON. */
  book(levels: number): string {
    const { spec, journal, book } = this.#instrument;
    return JSON.stringify({ ...orderBookView(spec, journal.epoch(), book(), levels), ...FROM_ENGINE });
  }

  /** The newest trades in memory, or those before a trade's number, newest first, as JSON. */
  trades(limit: number, before = Number.POSITIVE_INFINITY): string {
    const { spec, journal, book, recentTrades } = this.#instrument;
    const position = { instrument: spec.instrument, epoch: journal.epoch(), sequence: book().sequence };
    const older = recentTrades().filter(({ trade_id }) => trade_id < before);
    return JSON.stringify({ ...position, trades: older.slice(-limit).reverse(), ...FROM_ENGINE });
  }

  /**
   * An order by its id, without its owner. With a range, the answer is a `HeldOrderTradesAnswer` with the
   * trades of the order that the journal has.
   */
  order(identity: OrderIdentity, tradesRange?: Omit<OrderTradesRange, "orderNumber">): Answer {
    if (tradesRange !== undefined) return answer(200, this.#orderTrades(identity, tradesRange));
    const { spec, journal } = this.#instrument;
    const record = journal.orders.read(identity.orderNumber);
    if (record === undefined || record.timeMs !== identity.timeMs) {
      return problemAnswer({ code: "order_not_found", detail: "no order has this id" });
    }
    return answer(200, JSON.stringify(publicOrderView(spec, record)));
  }

  #orderTrades(identity: OrderIdentity, range: Omit<OrderTradesRange, "orderNumber">): string {
    const { spec, journal, book } = this.#instrument;
    const { orderNumber, timeMs } = identity;
    const record = journal.orders.read(orderNumber);
    const isHeld = record !== undefined && record.timeMs === timeMs;
    // An order is stored as long as an event names it.
    const held: HeldOrderTrades = isHeld
      ? heldOrderTrades(spec, journal, {
          ...range,
          orderNumber,
          through: Math.min(range.through, record.updatedSequence),
        })
      : { trades: [], completeAfter: 0 };
    const answered: HeldOrderTradesAnswer = {
      epoch: journal.epoch(),
      sequence: book().sequence,
      isHeld,
      ...held,
    };
    return JSON.stringify(answered);
  }

  /** A client's open orders in the instrument, newest first, as JSON. */
  openOrders({ clientId, limit, before }: OpenOrdersPage): string {
    const { spec, journal, book } = this.#instrument;
    const client = journal.knownClient(clientId);
    const below = before === undefined ? undefined : this.#firstFrom(before.toLowerCase());
    const page = client === undefined ? [] : book().clients.newest(client, limit, below);
    const orders = journal.orders.readAll(page).map((record) => listedOrderView(spec, record));
    const list: OrderListView = {
      client_id: clientId,
      covers: [{ instrument: spec.instrument, as_of_sequence: book().sequence }],
      orders: [...shortList(orders)],
    };
    return JSON.stringify(list);
  }

  /**
   * An order number for paging: exactly the orders older than the given id, which may be from another
   * instrument, have a lower number. Ids sort by the time of acceptance.
   */
  #firstFrom(id: string): number {
    const { spec, journal, book } = this.#instrument;
    let start = 0;
    for (let end = book().sequence; start < end; ) {
      const middle = Math.floor((start + end) / 2);
      const [next] = journal.orders.after(middle, 1);
      if (next === undefined || orderIdOf(spec, next) >= id) end = middle;
      else start = next.orderNumber;
    }
    return start + 1;
  }

  /** A client's newest order with a client order id. */
  byClientOrderId(clientId: string, clientOrderId: string): Answer {
    const { spec, journal } = this.#instrument;
    const client = journal.knownClient(clientId);
    const record = client === undefined ? undefined : journal.orders.byClientOrderId(client, clientOrderId);
    if (record === undefined) {
      return problemAnswer({
        code: "order_not_found",
        detail: "the client has no order with this client_order_id",
      });
    }
    return answer(200, JSON.stringify(listedOrderView(spec, record)));
  }

  /** The trading status, and the expected result of an auction, as JSON. */
  status(): string {
    const { spec, journal, gate, book } = this.#instrument;
    return JSON.stringify(statusView(spec, journal.epoch(), book(), gate.status));
  }
}
