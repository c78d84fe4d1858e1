-- How far each instrument's events have been shipped. The row moves in the transaction that writes the rows it
-- speaks of, so a batch whose answer was lost is seen for what it is: done, or not done.

CREATE TABLE watermarks (
    instrument text PRIMARY KEY CHECK (instrument <> ''),
    epoch integer NOT NULL CHECK (epoch >= 0),
    last_sequence bigint NOT NULL CHECK (last_sequence >= 0),
    last_trade_number bigint NOT NULL DEFAULT 0 CHECK (last_trade_number >= 0),
    last_trade_price_ticks bigint CHECK (last_trade_price_ticks > 0),
    last_event_at timestamptz,
    state_hash text,
    updated_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE watermarks IS 'Position up to which an instrument''s events are in this database, one row an instrument. Never moves back.';
COMMENT ON COLUMN watermarks.instrument IS 'Name of the traded pair, such as BTC-USD.';
COMMENT ON COLUMN watermarks.epoch IS 'Epoch of the instrument in which last_sequence was given; a count that grows when the sequence restarts.';
COMMENT ON COLUMN watermarks.last_sequence IS 'Sequence of the last event whose rows are here; all before it are here as well.';
COMMENT ON COLUMN watermarks.last_trade_number IS 'Number of the last trade up to last_sequence (a count); 0 before the first.';
COMMENT ON COLUMN watermarks.last_trade_price_ticks IS 'Price of that trade in ticks of the instrument; null before the first.';
COMMENT ON COLUMN watermarks.last_event_at IS 'Time of the event at last_sequence, stamped by the instrument (millisecond precision).';
COMMENT ON COLUMN watermarks.state_hash IS 'Fingerprint of the book after last_sequence (16 hexadecimal digits), to verify a rebuild; null where not taken.';
COMMENT ON COLUMN watermarks.updated_at IS 'Time at which this row was written, by the database''s clock.';

-- Writers leave an older position out by themselves (ON CONFLICT … DO UPDATE … WHERE). This is for the one that
-- forgets: its transaction fails, and its rows with it.
CREATE FUNCTION refuse_watermark_moving_back() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION 'watermark of % may not move back from %/% to %/%',
        OLD.instrument, OLD.epoch, OLD.last_sequence, NEW.epoch, NEW.last_sequence
        USING ERRCODE = '23514', TABLE = 'watermarks', CONSTRAINT = 'watermarks_never_move_back';
END
$$;
COMMENT ON FUNCTION refuse_watermark_moving_back IS 'Trigger function: fails a change that would move a watermark back.';

CREATE TRIGGER watermarks_never_move_back
    BEFORE UPDATE ON watermarks
    FOR EACH ROW
    WHEN ((NEW.epoch, NEW.last_sequence) < (OLD.epoch, OLD.last_sequence))
    EXECUTE FUNCTION refuse_watermark_moving_back();
