-- What an instrument takes outlives the loss of its storage too: a halt goes on, an auction is not taken for open trading.

ALTER TABLE watermarks
    ADD COLUMN book_state jsonb CHECK (jsonb_typeof(book_state) = 'object');

COMMENT ON COLUMN watermarks.book_state IS 'Trading status, when it ends (milliseconds since 1970), and the trades that the volatility rule remembers, '
    'when this row was written; null where the instrument trades and remembers none.';
