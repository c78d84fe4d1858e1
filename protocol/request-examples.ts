/*
 * Requests as the documents of the API show them. Each works as it stands on a venue of the instruments that
 * `wrangler.toml` has, but for order ids, which are those of the client's own open orders. The first of each
 * kind can be sent any number of times.
 */

/** An example of a request. */
export interface RequestExample {
  readonly summary: string;
  /** The body of an HTTP request, or a message of the stream, whole. */
  readonly value: object;
}

/** Examples by a short name. */
export type RequestExamples = Readonly<Record<string, RequestExample>>;

/** The id in examples about an order that is there. */
export const EXAMPLE_ORDER_ID = "019c1f2a-7b3c-8001-8000-00000000002a";

const plain = { side: "buy", type: "limit", price: "50000.00", quantity: "0.5" } as const;
const oneOrder = { client_id: "client-A", instrument: "BTC-USD", ...plain } as const;
const sell = { ...oneOrder, client_id: "client-B", side: "sell", quantity: "0.25" } as const;

export const PLACE_EXAMPLES: RequestExamples = {
  limit: { summary: "A limit order", value: oneOrder },
  market: {
    summary: "A market order",
    value: { client_id: "client-B", instrument: "BTC-USD", side: "sell", type: "market", quantity: "0.25" },
  },
  keyed: {
    summary: "A limit order that can be repeated safely, with a name of its own",
    value: { idempotency_key: "a-unique-uuid-12345", ...oneOrder, client_order_id: "ladder-7" },
  },
  until: {
    summary: "A limit order that rests until a time, and takes nothing",
    value: {
      ...{ ...oneOrder, price: "48000.00", time_in_force: "gtd", expires_at: "2030-01-31T12:00:00Z" },
      post_only: true,
    },
  },
  iceberg: { summary: "An iceberg", value: { ...sell, price: "51000.00", display_quantity: "0.05" } },
  quote: {
    summary: "A market order that spends an amount",
    value: {
      ...{ client_id: "client-A", instrument: "BTC-USD", side: "buy", type: "market" },
      quote_quantity: "1000.00",
    },
  },
  quote_sell: {
    summary: "A market order that sells until it got an amount",
    value: {
      ...{ client_id: "client-B", instrument: "BTC-USD", side: "sell", type: "market" },
      quote_quantity: "1000.00",
    },
  },
  stop: {
    summary: "A stop",
    value: {
      ...{ client_id: "client-B", instrument: "BTC-USD", side: "sell", type: "stop" },
      ...{ stop_price: "45000.00", quantity: "0.25" },
    },
  },
  stop_limit: {
    summary: "A stop limit order",
    value: { ...sell, type: "stop_limit", stop_price: "45000.00", price: "44900.00" },
  },
  stop_limit_ioc: {
    summary: "A stop limit order that does not rest once it is triggered",
    value: { ...sell, type: "stop_limit", stop_price: "45000.00", price: "44900.00", time_in_force: "ioc" },
  },
  trailing_stop: {
    summary: "A trailing stop",
    value: {
      ...{ client_id: "client-B", instrument: "BTC-USD", side: "sell", type: "trailing_stop" },
      ...{ trailing_amount: "500.00", quantity: "0.25" },
    },
  },
};

export const OCO_EXAMPLES: RequestExamples = {
  exit: {
    summary: "Sell at a profit, or stop the loss",
    value: {
      ...{ client_id: "client-B", instrument: "BTC-USD", side: "sell", quantity: "0.25" },
      ...{ price: "55000.00", stop_price: "45000.00" },
    },
  },
};

const quotes = [
  { action: "place", ...plain, price: "49000.00" },
  { action: "place", ...plain, side: "sell", price: "52000.00" },
];
const change = { price: "49900.00", quantity: "0.4" };

export const BATCH_EXAMPLES: RequestExamples = {
  quotes: {
    summary: "A buy and a sell",
    value: {
      ...{ instrument: "BTC-USD", client_id: "client-A" },
      entries: quotes,
    },
  },
  replace: {
    summary: "Change an order and place another, both or neither",
    value: {
      ...{ instrument: "BTC-USD", client_id: "client-A", atomic: true },
      entries: [
        { action: "amend", order_id: EXAMPLE_ORDER_ID, ...change },
        { action: "place", ...plain, price: "49800.00" },
      ],
    },
  },
  cancel: {
    summary: "Cancel an order",
    value: { instrument: "BTC-USD", entries: [{ action: "cancel", order_id: EXAMPLE_ORDER_ID }] },
  },
};

export const CANCEL_ALL_EXAMPLES: RequestExamples = {
  all: { summary: "All orders of a client", value: { client_id: "client-A" } },
  side: {
    summary: "Its buys of one instrument",
    value: { client_id: "client-A", instrument: "BTC-USD", side: "buy" },
  },
};

export const CANCEL_AFTER_EXAMPLES: RequestExamples = {
  minute: { summary: "In a minute", value: { client_id: "client-A", seconds: 60 } },
  never: { summary: "Not at all", value: { client_id: "client-A", seconds: 0 } },
};

export const AMEND_EXAMPLES: RequestExamples = {
  both: { summary: "Another price and quantity", value: change },
  less: { summary: "Less quantity, which keeps its place", value: { quantity: "0.4" } },
};

export const TRADING_STATUS_EXAMPLES: RequestExamples = {
  auction: { summary: "Begin an auction", value: { status: "auction" } },
  trading: { summary: "Trade continuously, after the auction's uncross", value: { status: "trading" } },
};

/** What a client may send over the stream, by the names of the AsyncAPI document. */
export const FEED_EXAMPLES: Readonly<Record<string, readonly RequestExample[]>> = {
  Subscribe: [
    {
      summary: "The best ten levels and trades",
      value: { op: "subscribe", request_id: "1", channels: ["book.10", "trades"] },
    },
    {
      summary: "Trades, from where the client is",
      value: { op: "subscribe", request_id: "2", channels: ["trades"], resume_from: 42, epoch: 1 },
    },
  ],
  Unsubscribe: [
    { summary: "No trades", value: { op: "unsubscribe", request_id: "3", channels: ["trades"] } },
  ],
  Ack: [{ summary: "So much was read", value: { op: "ack", received: 100_000 } }],
  Place: [{ summary: "A limit order", value: { op: "place", request_id: "4", body: plain } }],
  Cancel: [
    {
      summary: "Cancel an order",
      value: { op: "cancel", request_id: "5", order_id: EXAMPLE_ORDER_ID },
    },
  ],
  Amend: [
    {
      summary: "Another price and quantity",
      value: { op: "amend", request_id: "6", order_id: EXAMPLE_ORDER_ID, body: change },
    },
  ],
  Batch: [
    {
      summary: "A buy and a sell",
      value: {
        ...{ op: "batch", request_id: "7" },
        body: {
          entries: quotes,
        },
      },
    },
  ],
  CancelAll: [
    { summary: "All orders of the client", value: { op: "cancel_all", request_id: "8" } },
    { summary: "Its buys", value: { op: "cancel_all", request_id: "9", body: { side: "buy" } } },
  ],
  CancelAfter: [
    { summary: "In 30 seconds", value: { op: "cancel_after", request_id: "10", body: { seconds: 30 } } },
  ],
};
