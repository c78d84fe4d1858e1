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

/** Everything that the venue sends over `GET /stream`, by the names of the document. */
export const SENT_MESSAGES: Readonly<Record<string, DescribedMessage>> = {
  SnapshotMessage: { summary: "Begins the plain stream", schema: snapshotMessage },
  UpdateMessage: { summary: "One flush, on the plain stream", schema: updateMessage },
  BookSnapshot: { summary: "The levels of a book channel", schema: bookSnapshot },
  BookUpdate: { summary: "Levels that have changed", schema: bookUpdate },
  OrdersSnapshot: { summary: "Every resting order", schema: ordersSnapshot },
  OrdersUpdate: { summary: "Orders that have changed", schema: ordersUpdate },
  TradesSnapshot: { summary: "The newest trades", schema: tradesSnapshot },
  TradesUpdate: { summary: "New trades", schema: tradesUpdate },
  TickerSnapshot: { summary: "The best prices and the last day", schema: tickerSnapshot },
  TickerUpdate: { summary: "The same, after a change", schema: tickerUpdate },
  CandlesSnapshot: { summary: "The candle that an interval is at", schema: candlesSnapshot },
  CandlesUpdate: { summary: "The same, after trades", schema: candlesUpdate },
  StatusSnapshot: { summary: "What the instrument takes", schema: statusSnapshot },
  StatusUpdate: { summary: "What the instrument takes now", schema: statusUpdate },
  ExecutionsSnapshot: { summary: "The client's open orders", schema: executionsSnapshot },
  ExecutionsUpdate: { summary: "What happened to the client's orders", schema: executionsUpdate },
  Resync: { summary: "A chain ends; a snapshot begins the next", schema: resyncMessage },
  Answer: { summary: "The answer to a request", schema: answerMessage },
  ErrorMessage: { summary: "A message of the client's could not be read", schema: errorMessage },
};

/** Everything that a client may send. */
export const REQUESTS: Readonly<Record<string, DescribedMessage>> = {
  Subscribe: { summary: "Begins channels", schema: subscribeRequest },
  Unsubscribe: { summary: "Ends channels", schema: unsubscribeRequest },
  Ack: { summary: "Tells what was read", schema: ackRequest },
  Place: { summary: "Places an order", schema: placeOp },
  Cancel: { summary: "Cancels an order", schema: cancelOp },
  Amend: { summary: "Changes an order", schema: amendOp },
  Batch: { summary: "Several of these at once", schema: batchOp },
  CancelAll: { summary: "Cancels the client's orders", schema: cancelAllOp },
  CancelAfter: { summary: "Sets the dead man's switch", schema: cancelAfterOp },
};
