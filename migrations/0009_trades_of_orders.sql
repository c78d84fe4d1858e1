-- The trades of one order, newest first: the answer to an order lists only the first of them.
--
-- An index on the parent makes one on every partition, and on each that is attached later. It is built while shipping
-- waits; trading does not. Where that is too long, build one on each partition first, with CREATE INDEX CONCURRENTLY:
-- those that are there already are taken.

CREATE INDEX trades_of_makers ON trades (maker_order_id, trade_number);
CREATE INDEX trades_of_takers ON trades (taker_order_id, trade_number);
