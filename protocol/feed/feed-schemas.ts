import type * as z from "zod";
import { errorMessage, snapshotMessage, updateMessage } from "../market-data.ts";
import {
  answerMessage,
  bookSnapshot,
  bookUpdate,
  candlesSnapshot,
  candlesUpdate,
  executionsSnapshot,
  executionsUpdate,
  ordersSnapshot,
  ordersUpdate,
  resyncMessage,
  statusSnapshot,
  statusUpdate,
  tickerSnapshot,
  tickerUpdate,
  tradesSnapshot,
  tradesUpdate,
} from "./feed-message.ts";
import {
  ackRequest,
  amendOp,
  batchOp,
  cancelAfterOp,
  cancelAllOp,
  cancelOp,
  placeOp,
  subscribeRequest,
  unsubscribeRequest,
} from "./feed-request.ts";

interface DescribedMessage {
  readonly summary: string;
  readonly schema: z.ZodType;
}

/** Every message that the venue sends over `GET /stream`, by its name in the document. */
export const SENT_MESSAGES: Readonly<Record<string, DescribedMessage>> = {
  SnapshotMessage: { summary: "The first message of the plain stream", schema: snapshotMessage },
  UpdateMessage: { summary: "The changes of one flush, on the plain stream", schema: updateMessage },
  BookSnapshot: { summary: "The levels of a book channel", schema: bookSnapshot },
  BookUpdate: { summary: "Changed levels", schema: bookUpdate },
  OrdersSnapshot: { summary: "Every resting order", schema: ordersSnapshot },
  OrdersUpdate: { summary: "Changed orders", schema: ordersUpdate },
  TradesSnapshot: { summary: "The newest trades", schema: tradesSnapshot },
  TradesUpdate: { summary: "New trades", schema: tradesUpdate },
  TickerSnapshot: { summary: "Best prices and 24-hour statistics", schema: tickerSnapshot },
  TickerUpdate: { summary: "The ticker after a change", schema: tickerUpdate },
  CandlesSnapshot: { summary: "The current candle of an interval", schema: candlesSnapshot },
  CandlesUpdate: { summary: "The candle after trades", schema: candlesUpdate },
  StatusSnapshot: { summary: "The trading status", schema: statusSnapshot },
  StatusUpdate: { summary: "The trading status after a change", schema: statusUpdate },
  ExecutionsSnapshot: { summary: "The client's open orders", schema: executionsSnapshot },
  ExecutionsUpdate: { summary: "Execution reports of the client's orders", schema: executionsUpdate },
  Resync: { summary: "Ends a chain; a snapshot begins the next", schema: resyncMessage },
  Answer: { summary: "The answer to a request", schema: answerMessage },
  ErrorMessage: { summary: "Rejects a message that the venue cannot read", schema: errorMessage },
};

/** Every message that a client may send. */
export const REQUESTS: Readonly<Record<string, DescribedMessage>> = {
  Subscribe: { summary: "Subscribes to channels", schema: subscribeRequest },
  Unsubscribe: { summary: "Unsubscribes from channels", schema: unsubscribeRequest },
  Ack: { summary: "Acknowledges what the client has read", schema: ackRequest },
  Place: { summary: "Places an order", schema: placeOp },
  Cancel: { summary: "Cancels an order", schema: cancelOp },
  Amend: { summary: "Amends an order", schema: amendOp },
  Batch: { summary: "Places, amends and cancels several orders at once", schema: batchOp },
  CancelAll: { summary: "Cancels the client's orders", schema: cancelAllOp },
  CancelAfter: { summary: "Sets the dead man's switch", schema: cancelAfterOp },
};
