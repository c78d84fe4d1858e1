-- Whose rows these are. A database belongs to one venue: another one that reaches it, by a copied address or an empty
-- data folder, is refused at its first statement.

ALTER TABLE watermarks
    ADD COLUMN venue_id uuid;

COMMENT ON COLUMN watermarks.venue_id IS 'Id of the venue that this instrument''s rows belong to; null in rows from before venues had one, '
    'until the venue whose journal goes with them ships again.';

-- First statement of every batch, in place of the one without a venue, which stays for the version that runs during an upgrade.
CREATE FUNCTION expect_watermark(of_instrument text, of_epoch integer, after_sequence bigint, of_venue uuid) RETURNS void
    LANGUAGE plpgsql
    SET search_path FROM CURRENT
AS $$
DECLARE
    held record;
    other record;
BEGIN
    SELECT venue_id INTO held FROM watermarks WHERE instrument = of_instrument FOR UPDATE;
    IF NOT FOUND THEN
        -- Two venues that meet in an empty database come one after the other.
        PERFORM pg_advisory_xact_lock(hashtext('watermarks'));
        SELECT venue_id INTO held FROM watermarks WHERE instrument = of_instrument FOR UPDATE;
    END IF;
    IF NOT FOUND THEN
        SELECT instrument, venue_id INTO other FROM watermarks WHERE venue_id <> of_venue ORDER BY instrument LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'Postgres has % of venue %; this is venue %', other.instrument, other.venue_id, of_venue
                USING ERRCODE = 'EB003';
        END IF;
    ELSIF held.venue_id IS NULL THEN
        RAISE EXCEPTION 'the rows of % carry no venue''s id', of_instrument
            USING ERRCODE = 'EB004';
    ELSIF held.venue_id <> of_venue THEN
        RAISE EXCEPTION 'Postgres has % of venue %; this is venue %', of_instrument, held.venue_id, of_venue
            USING ERRCODE = 'EB003';
    END IF;
    PERFORM expect_watermark(of_instrument, of_epoch, after_sequence);
END
$$;
COMMENT ON FUNCTION expect_watermark(text, integer, bigint, uuid) IS
    'Called first in each batch of an instrument: fails with EB003 where the rows here belong to another venue, with EB004 '
    'where they carry no venue''s id, and otherwise as the one without a venue.';
