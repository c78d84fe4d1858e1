/*
 * Examples of requests for the API's documents. Each example is valid on a venue with the instruments of
 * `wrangler.toml`; order ids must be replaced by those of the client's own open orders. The first example of
 * each kind can be sent any number of times.
 */

/** An example of a request. */
export interface RequestExample {
  readonly summary: string;
  /** The whole body of an HTTP request, or a whole message of the stream. */
  readonly value: object;
}

/** Examples by a short name. */
export type RequestExamples = Readonly<Record<string, RequestExample>>;

/** The order id in examples that refer to an existing order. */
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
    summary: "A limit order with an idempotency key and a client order id",
    value: { idempotency_key: "a-unique-uuid-12345", ...oneOrder, client_order_id: "ladder-7" },
  },
  until: {
    summary: "A post-only limit order with an expiry time",
    value: {
      ...oneOrder,
      price: "48000.00",
      time_in_force: "gtd",
      expires_at: "2030-01-31T12:00:00Z",
      post_only: true,
    },
  },
  iceberg: { summary: "An iceberg", value: { ...sell, price: "51000.00", display_quantity: "0.05" } },
  quote: {
    summary: "A market order that spends an amount of the quote asset",
    value: {
      client_id: "client-A",
      instrument: "BTC-USD",
      side: "buy",
      type: "market",
      quote_quantity: "1000.00",
    },
  },
  quote_sell: {
    summary: "A market order that sells for an amount of the quote asset",
    value: {
      client_id: "client-B",
      instrument: "BTC-USD",
      side: "sell",
      type: "market",
      quote_quantity: "1000.00",
    },
  },
  stop: {
    summary: "A stop",
    value: {
      client_id: "client-B",
      instrument: "BTC-USD",
      side: "sell",
      type: "stop",
      stop_price: "45000.00",
      quantity: "0.25",
    },
  },
  stop_limit: {
    summary: "A stop limit order",
    value: { ...sell, type: "stop_limit", stop_price: "45000.00", price: "44900.00" },
  },
  stop_limit_ioc: {
    summary: "A stop limit order that does not rest after it is triggered",
    value: { ...sell, type: "stop_limit", stop_price: "45000.00", price: "44900.00", time_in_force: "ioc" },
  },
  trailing_stop: {
    summary: "A trailing stop",
    value: {
      client_id: "client-B",
      instrument: "BTC-USD",
      side: "sell",
      type: "trailing_stop",
      trailing_amount: "500.00",
      quantity: "0.25",
    },
  },
};

export const OCO_EXAMPLES: RequestExamples = {
  exit: {
    summary: "Take a profit or stop a loss",
    value: {
      client_id: "client-B",
      instrument: "BTC-USD",
      side: "sell",
      quantity: "0.25",
      price: "55000.00",
      stop_price: "45000.00",
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
      instrument: "BTC-USD",
      client_id: "client-A",
      entries: quotes,
    },
  },
  replace: {
    summary: "Amend an order and place another, atomically",
    value: {
      instrument: "BTC-USD",
      client_id: "client-A",
      atomic: true,
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
    summary: "The client's buys of one instrument",
    value: { client_id: "client-A", instrument: "BTC-USD", side: "buy" },
  },
};

export const CANCEL_AFTER_EXAMPLES: RequestExamples = {
  minute: { summary: "Cancel in a minute", value: { client_id: "client-A", seconds: 60 } },
  never: { summary: "Remove the switch", value: { client_id: "client-A", seconds: 0 } },
};

export const AMEND_EXAMPLES: RequestExamples = {
  both: { summary: "Change the price and the quantity", value: change },
  less: { summary: "Reduce the quantity and keep the place in the queue", value: { quantity: "0.4" } },
};

export const TRADING_STATUS_EXAMPLES: RequestExamples = {
  auction: { summary: "Start an auction", value: { status: "auction" } },
  trading: { summary: "End the auction and trade continuously", value: { status: "trading" } },
};

/** Examples of the messages that a client sends over the stream, by their names in the AsyncAPI document. */
export const FEED_EXAMPLES: Readonly<Record<string, readonly RequestExample[]>> = {
  Subscribe: [
    {
      summary: "Subscribe to the best ten levels and to trades",
      value: { op: "subscribe", request_id: "1", channels: ["book.10", "trades"] },
    },
    {
      summary: "Resume trades after the last message received",
      value: { op: "subscribe", request_id: "2", channels: ["trades"], resume_from: 42, epoch: 1 },
    },
  ],
  Unsubscribe: [
    {
      summary: "Unsubscribe from trades",
      value: { op: "unsubscribe", request_id: "3", channels: ["trades"] },
    },
  ],
  Ack: [{ summary: "Acknowledge 100,000 characters", value: { op: "ack", received: 100_000 } }],
  Place: [{ summary: "A limit order", value: { op: "place", request_id: "4", body: plain } }],
  Cancel: [
    {
      summary: "Cancel an order",
      value: { op: "cancel", request_id: "5", order_id: EXAMPLE_ORDER_ID },
    },
  ],
  Amend: [
    {
      summary: "Change the price and the quantity",
      value: { op: "amend", request_id: "6", order_id: EXAMPLE_ORDER_ID, body: change },
    },
  ],
  Batch: [
    {
      summary: "A buy and a sell",
      value: {
        op: "batch",
        request_id: "7",
        body: {
          entries: quotes,
        },
      },
    },
  ],
  CancelAll: [
    { summary: "All orders of the client", value: { op: "cancel_all", request_id: "8" } },
    { summary: "The client's buys", value: { op: "cancel_all", request_id: "9", body: { side: "buy" } } },
  ],
  CancelAfter: [
    { summary: "In 30 seconds", value: { op: "cancel_after", request_id: "10", body: { seconds: 30 } } },
  ],
};
