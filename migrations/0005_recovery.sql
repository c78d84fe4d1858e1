-- What a rebuild of an instrument from this database needs, and what keeps a writer out that has been replaced.

-- The orders of the last day, whose idempotency keys a rebuilt instrument must know.
CREATE INDEX orders_by_acceptance ON orders (instrument, accepted_at, order_number);

-- First statement of every batch. The row stays locked until the batch is committed, so that a rebuild, which
-- moves the epoch on, comes before or after a batch and never into it.
CREATE FUNCTION expect_watermark(of_instrument text, of_epoch integer, after_sequence bigint) RETURNS void
    LANGUAGE plpgsql
    SET search_path FROM CURRENT
AS $$
DECLARE
    held record;
BEGIN
    SELECT epoch, last_sequence INTO held FROM watermarks WHERE instrument = of_instrument FOR UPDATE;
    IF NOT FOUND THEN
        IF after_sequence = 0 THEN
            RETURN;
        END IF;
        RAISE EXCEPTION 'nothing of % is here, where % events should be', of_instrument, after_sequence
            USING ERRCODE = 'EB001';
    ELSIF held.epoch > of_epoch THEN
        RAISE EXCEPTION '% has been rebuilt: epoch % is over, it is %', of_instrument, of_epoch, held.epoch
            USING ERRCODE = 'EB002';
    ELSIF held.epoch < of_epoch OR held.last_sequence < after_sequence THEN
        RAISE EXCEPTION '% is at %/% here, before %/%', of_instrument, held.epoch, held.last_sequence, of_epoch, after_sequence
            USING ERRCODE = 'EB001';
    END IF;
END
$$;
COMMENT ON FUNCTION expect_watermark IS
    'Called first in each batch of an instrument: fails with EB001 where events before the batch are missing here '
    '(an older copy was restored), with EB002 where the instrument was rebuilt under a later epoch.';
