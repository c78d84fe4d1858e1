-- Every order the venue ever accepted, as of the last event that was shipped.
--
-- Writers upsert by order_id and let a row through only where (epoch, updated_sequence) is higher than the
-- one held, so the same batch twice, or an old one late, changes nothing.

CREATE TABLE orders (
    order_id uuid PRIMARY KEY,
    instrument text NOT NULL CHECK (instrument <> ''),
    epoch integer NOT NULL CHECK (epoch >= 0),
    order_number bigint NOT NULL CHECK (order_number > 0),
    client_id text NOT NULL CHECK (client_id <> ''),
    idempotency_key text,
    side text NOT NULL CHECK (side IN ('buy', 'sell')),
    type text NOT NULL CHECK (type <> ''),
    price numeric CHECK (price > 0),
    quantity numeric NOT NULL CHECK (quantity > 0),
    filled_quantity numeric NOT NULL CHECK (filled_quantity >= 0),
    remaining_quantity numeric NOT NULL CHECK (remaining_quantity >= 0),
    cancelled_quantity numeric NOT NULL CHECK (cancelled_quantity >= 0),
    filled_notional numeric NOT NULL CHECK (filled_notional >= 0),
    status text NOT NULL CHECK (status IN ('open', 'partially_filled', 'filled', 'cancelled')),
    cancel_reason text,
    price_ticks bigint CHECK (price_ticks > 0),
    quantity_lots bigint NOT NULL CHECK (quantity_lots > 0),
    filled_lots bigint NOT NULL CHECK (filled_lots BETWEEN 0 AND quantity_lots),
    priority_sequence bigint NOT NULL CHECK (priority_sequence > 0),
    updated_sequence bigint NOT NULL CHECK (updated_sequence > 0),
    accepted_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT orders_quantities_add_up CHECK (filled_quantity + remaining_quantity + cancelled_quantity = quantity),
    CONSTRAINT orders_price_in_both_units CHECK ((price IS NULL) = (price_ticks IS NULL)),
    CONSTRAINT orders_cancel_reason_only_when_cancelled CHECK (cancel_reason IS NULL OR status = 'cancelled'),
    CONSTRAINT orders_status_agrees CHECK (
        CASE status
            WHEN 'open' THEN filled_lots = 0 AND cancelled_quantity = 0
            WHEN 'partially_filled' THEN filled_lots BETWEEN 1 AND quantity_lots - 1 AND cancelled_quantity = 0
            WHEN 'filled' THEN filled_lots = quantity_lots
            WHEN 'cancelled' THEN remaining_quantity = 0 AND cancelled_quantity > 0
        END
    )
);

COMMENT ON TABLE orders IS 'Every accepted order, one row each, as of its last shipped event. Rejected orders never get here.';
COMMENT ON COLUMN orders.order_id IS 'Identity of the order (UUID version 8: time, instrument number, order number).';
COMMENT ON COLUMN orders.instrument IS 'Name of the traded pair, such as BTC-USD.';
COMMENT ON COLUMN orders.epoch IS 'Epoch of the instrument in which updated_sequence was given; a count that grows when the sequence restarts.';
COMMENT ON COLUMN orders.order_number IS 'Sequence of the event that accepted the order; unique within its instrument and epoch.';
COMMENT ON COLUMN orders.client_id IS 'Who sent the order, as the client names itself.';
COMMENT ON COLUMN orders.idempotency_key IS 'The client''s retry token; null where it sent none.';
COMMENT ON COLUMN orders.side IS 'buy or sell.';
COMMENT ON COLUMN orders.type IS 'Order type, such as limit or market. Not enumerated here: new types need no migration.';
COMMENT ON COLUMN orders.price IS 'Limit price in the quote asset for one unit of the base asset; null for orders without a limit.';
COMMENT ON COLUMN orders.quantity IS 'Ordered quantity in units of the base asset.';
COMMENT ON COLUMN orders.filled_quantity IS 'Traded so far, in units of the base asset.';
COMMENT ON COLUMN orders.remaining_quantity IS 'Still working, in units of the base asset; 0 once the order is closed.';
COMMENT ON COLUMN orders.cancelled_quantity IS 'Ended untraded, in units of the base asset; 0 unless the order is cancelled.';
COMMENT ON COLUMN orders.filled_notional IS 'Exact sum of price times quantity over the fills, in units of the quote asset.';
COMMENT ON COLUMN orders.status IS 'open, partially_filled, filled or cancelled. The last two are final.';
COMMENT ON COLUMN orders.cancel_reason IS 'Why a cancelled order ended; null otherwise.';
COMMENT ON COLUMN orders.price_ticks IS 'Limit price in ticks of the instrument: what the book is rebuilt from; null without a limit.';
COMMENT ON COLUMN orders.quantity_lots IS 'Ordered quantity in lots of the instrument: what the book is rebuilt from.';
COMMENT ON COLUMN orders.filled_lots IS 'Traded so far, in lots of the instrument: what the book is rebuilt from.';
COMMENT ON COLUMN orders.priority_sequence IS 'Place in the queue of its price level, as a sequence number: lower trades first. Means nothing once closed.';
COMMENT ON COLUMN orders.updated_sequence IS 'Sequence of the last event that changed the order.';
COMMENT ON COLUMN orders.accepted_at IS 'Time of acceptance, stamped by the instrument (millisecond precision).';
COMMENT ON COLUMN orders.updated_at IS 'Time of the last event that changed the order, stamped by the instrument (millisecond precision).';

-- A client's orders, newest first; pages continue after (accepted_at, order_id).
CREATE INDEX orders_of_client ON orders (client_id, accepted_at DESC, order_id DESC);

-- The open orders of an instrument in priority order: rebuilding a book reads exactly this and nothing else.
CREATE INDEX orders_open_by_priority ON orders (instrument, priority_sequence)
    WHERE status IN ('open', 'partially_filled');
