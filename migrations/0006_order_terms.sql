-- Orders of every kind: terms beyond price and quantity, stops that wait, names that clients give.

ALTER TABLE orders
    ADD COLUMN client_order_id text CHECK (client_order_id <> ''),
    ADD COLUMN prevented_quantity numeric NOT NULL DEFAULT 0 CHECK (prevented_quantity >= 0),
    ADD COLUMN prevented_lots bigint NOT NULL DEFAULT 0 CHECK (prevented_lots >= 0),
    ADD COLUMN self_trade_prevention text NOT NULL DEFAULT 'none' CHECK (self_trade_prevention <> ''),
    ADD COLUMN terms jsonb CHECK (jsonb_typeof(terms) = 'object');

COMMENT ON COLUMN orders.client_order_id IS 'The client''s own name for the order; null where it gave none.';
COMMENT ON COLUMN orders.prevented_quantity IS 'Kept from trading with orders of the same group, in units of the base asset.';
COMMENT ON COLUMN orders.prevented_lots IS 'Kept from trading with orders of the same group, in lots of the instrument.';
COMMENT ON COLUMN orders.self_trade_prevention IS 'What happens instead of a trade with an order of the same group; none, expire_taker and so on.';
COMMENT ON COLUMN orders.terms IS 'What the order has beyond a plain one, in ticks, lots and milliseconds; null if nothing. '
    '`terms`: time in force, expiry, stop price and so on; `placed`: price and quantity as first placed, once they were changed; '
    '`displayedLots`: the slice that an iceberg shows; `selfTradeGroup`: the name of its group.';
COMMENT ON COLUMN orders.status IS 'waiting (a stop), open, partially_filled, filled or cancelled. The last two are final.';
COMMENT ON COLUMN orders.quantity IS 'Ordered quantity in units of the base asset, as amended; of an order by what it may spend, what it bought.';
COMMENT ON COLUMN orders.quantity_lots IS 'Ordered quantity in lots of the instrument, as amended: what the book is rebuilt from; 0 of an order by what it may spend.';

-- An order by what it may spend has no quantity of its own: it may be closed with nothing filled, and without a rest.
ALTER TABLE orders
    DROP CONSTRAINT orders_status_check,
    DROP CONSTRAINT orders_quantity_check,
    DROP CONSTRAINT orders_quantity_lots_check,
    DROP CONSTRAINT orders_check,
    DROP CONSTRAINT orders_status_agrees,
    ADD CONSTRAINT orders_status_known CHECK (status IN ('waiting', 'open', 'partially_filled', 'filled', 'cancelled')),
    ADD CONSTRAINT orders_quantity_positive CHECK (
        CASE WHEN terms->'terms' ? 'quoteBudget' THEN quantity_lots = 0 AND quantity = filled_quantity
            ELSE quantity_lots > 0 AND quantity > 0 AND filled_lots BETWEEN 0 AND quantity_lots
        END
    ),
    ADD CONSTRAINT orders_status_agrees CHECK (
        CASE WHEN terms->'terms' ? 'quoteBudget' THEN remaining_quantity = 0 AND cancelled_quantity = 0
            ELSE CASE status
                WHEN 'waiting' THEN filled_lots = 0 AND cancelled_quantity = 0
                WHEN 'open' THEN filled_lots = 0 AND cancelled_quantity = 0
                WHEN 'partially_filled' THEN filled_lots BETWEEN 1 AND quantity_lots - 1 AND cancelled_quantity = 0
                WHEN 'filled' THEN filled_lots = quantity_lots
                WHEN 'cancelled' THEN remaining_quantity = 0 AND cancelled_quantity > 0
            END
        END
    );

DROP INDEX orders_open_by_priority;
CREATE INDEX orders_open_by_priority ON orders (instrument, priority_sequence)
    WHERE status IN ('waiting', 'open', 'partially_filled');

CREATE INDEX orders_by_client_order_id ON orders (client_id, client_order_id, accepted_at DESC)
    WHERE client_order_id IS NOT NULL;
