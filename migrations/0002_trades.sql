-- Every trade, partitioned by the week (Monday 00:00 UTC to the next) in which it was executed.
--
-- Writers insert with ON CONFLICT DO NOTHING: a trade never changes, so a repeated batch changes nothing.
-- Partitions are made ahead by make_trade_partitions(), called on a schedule and never while shipping orders.
-- Where that was forgotten, trades_default catches the rows and nothing fails.

CREATE TABLE trades (
    instrument text NOT NULL CHECK (instrument <> ''),
    trade_number bigint NOT NULL CHECK (trade_number > 0),
    epoch integer NOT NULL CHECK (epoch >= 0),
    sequence bigint NOT NULL CHECK (sequence > 0),
    maker_order_id uuid NOT NULL,
    taker_order_id uuid NOT NULL,
    maker_client_id text NOT NULL CHECK (maker_client_id <> ''),
    taker_client_id text NOT NULL CHECK (taker_client_id <> ''),
    taker_side text NOT NULL CHECK (taker_side IN ('buy', 'sell')),
    price numeric NOT NULL CHECK (price > 0),
    quantity numeric NOT NULL CHECK (quantity > 0),
    notional numeric NOT NULL,
    price_ticks bigint NOT NULL CHECK (price_ticks > 0),
    quantity_lots bigint NOT NULL CHECK (quantity_lots > 0),
    executed_at timestamptz NOT NULL,
    -- The partition key has to be part of it. This index also serves an instrument's trades newest first: it is
    -- read backwards, below a trade number.
    PRIMARY KEY (instrument, trade_number, executed_at),
    CONSTRAINT trades_notional_is_exact CHECK (notional = price * quantity)
) PARTITION BY RANGE (executed_at);

COMMENT ON TABLE trades IS 'Every trade, one row each, partitioned by the week of execution in UTC.';
COMMENT ON COLUMN trades.instrument IS 'Name of the traded pair, such as BTC-USD.';
COMMENT ON COLUMN trades.trade_number IS 'The instrument''s own running number of the trade, a count from 1.';
COMMENT ON COLUMN trades.epoch IS 'Epoch of the instrument in which sequence was given; a count that grows when the sequence restarts.';
COMMENT ON COLUMN trades.sequence IS 'Sequence of the trade''s event; with epoch, its place in the instrument''s stream.';
COMMENT ON COLUMN trades.maker_order_id IS 'The resting order (orders.order_id).';
COMMENT ON COLUMN trades.taker_order_id IS 'The incoming order (orders.order_id).';
COMMENT ON COLUMN trades.maker_client_id IS 'Who sent the resting order.';
COMMENT ON COLUMN trades.taker_client_id IS 'Who sent the incoming order.';
COMMENT ON COLUMN trades.taker_side IS 'Side of the incoming order: buy or sell.';
COMMENT ON COLUMN trades.price IS 'Price in the quote asset for one unit of the base asset: the resting order''s.';
COMMENT ON COLUMN trades.quantity IS 'Traded quantity in units of the base asset.';
COMMENT ON COLUMN trades.notional IS 'Price times quantity, exact, in units of the quote asset.';
COMMENT ON COLUMN trades.price_ticks IS 'Price in ticks of the instrument.';
COMMENT ON COLUMN trades.quantity_lots IS 'Traded quantity in lots of the instrument.';
COMMENT ON COLUMN trades.executed_at IS 'Time of execution, stamped by the instrument (millisecond precision).';

-- Made like the weekly ones, so that column comments come along.
CREATE TABLE trades_default (LIKE trades INCLUDING ALL);
ALTER TABLE trades ATTACH PARTITION trades_default DEFAULT;
COMMENT ON TABLE trades_default IS 'Trades of weeks without a partition of their own; empty where partitions are made ahead in time.';

CREATE FUNCTION create_trade_partition(week_start timestamptz) RETURNS text
    LANGUAGE plpgsql
    SET search_path FROM CURRENT
    SET timezone = 'UTC'
AS $$
DECLARE
    name text := to_char(week_start, '"trades_"IYYY"w"IW');
BEGIN
    EXECUTE format('CREATE TABLE %I (LIKE trades INCLUDING ALL)', name);
    EXECUTE format('COMMENT ON TABLE %I IS %L', name,
        format('Trades executed in the week from %s (UTC); a partition of trades.', week_start::date));
    RETURN name;
END
$$;
COMMENT ON FUNCTION create_trade_partition IS
    'Used by the two functions beside it: creates the table of one week, not yet attached, and returns its name.';

CREATE FUNCTION make_trade_partitions(from_time timestamptz DEFAULT now(), weeks integer DEFAULT 8)
    RETURNS TABLE (partition_name text, week_start timestamptz, outcome text, rows_in_default bigint)
    LANGUAGE plpgsql
    SET search_path FROM CURRENT
    SET timezone = 'UTC'
    -- Attaching waits for writers of trades_default, and others wait behind it: rather give up and come again.
    SET lock_timeout = '2s'
AS $$
BEGIN
    IF weeks NOT BETWEEN 1 AND 520 THEN
        RAISE EXCEPTION 'weeks must be between 1 and 520, not %', weeks USING ERRCODE = '22023';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('make_trade_partitions', 0));
    FOR week_start IN
        SELECT date_trunc('week', from_time) + week * interval '7 days' FROM generate_series(0, weeks - 1) AS week
    LOOP
        partition_name := to_char(week_start, '"trades_"IYYY"w"IW');
        rows_in_default := 0;
        IF EXISTS (
            SELECT FROM pg_inherits
            WHERE inhrelid = to_regclass(quote_ident(partition_name)) AND inhparent = 'trades'::regclass
        ) THEN
            outcome := 'exists';
        ELSE
            BEGIN
                PERFORM create_trade_partition(week_start);
                EXECUTE format('ALTER TABLE trades ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                    partition_name, week_start, week_start + interval '7 days');
                outcome := 'created';
            EXCEPTION WHEN check_violation THEN
                -- Rows of this week are in trades_default already. They stay, and the caller is told.
                outcome := 'rows_in_default';
                SELECT count(*) INTO rows_in_default FROM trades_default
                WHERE executed_at >= week_start AND executed_at < week_start + interval '7 days';
            END;
        END IF;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION make_trade_partitions IS
    'Makes the weekly partitions of trades from the week of from_time on, one row of answer a week: created, exists, '
    'or rows_in_default (not made, because trades_default holds that many rows of the week; see '
    'move_trades_from_default). Safe to repeat and to run twice at once. For a scheduled job, never the order path.';

CREATE FUNCTION move_trades_from_default(in_week timestamptz) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path FROM CURRENT
    SET timezone = 'UTC'
    SET lock_timeout = '2s'
AS $$
DECLARE
    week_start timestamptz := date_trunc('week', in_week);
    week_end timestamptz := date_trunc('week', in_week) + interval '7 days';
    name text;
    moved bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('make_trade_partitions', 0));
    LOCK TABLE trades_default IN ACCESS EXCLUSIVE MODE;
    name := create_trade_partition(week_start);
    EXECUTE format('INSERT INTO %I SELECT * FROM trades_default WHERE executed_at >= $1 AND executed_at < $2', name)
        USING week_start, week_end;
    GET DIAGNOSTICS moved = ROW_COUNT;
    DELETE FROM trades_default WHERE executed_at >= week_start AND executed_at < week_end;
    EXECUTE format('ALTER TABLE trades ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', name, week_start, week_end);
    RETURN moved;
END
$$;
COMMENT ON FUNCTION move_trades_from_default IS
    'For an operator: moves the rows of one week (the week of in_week) from trades_default into a partition made for '
    'them, in one step, and returns how many. Writers wait meanwhile. Fails where the week has its partition already.';
