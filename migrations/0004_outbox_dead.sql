-- Rows that this database refused. They are put here so that what follows them can be shipped; an operator looks
-- at them, repairs what they should have become, and marks them.

CREATE TABLE outbox_dead (
    dead_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    instrument text NOT NULL CHECK (instrument <> ''),
    epoch integer NOT NULL CHECK (epoch >= 0),
    sequence bigint NOT NULL CHECK (sequence > 0),
    kind text NOT NULL CHECK (kind IN ('order', 'trade')),
    row_key text NOT NULL,
    payload jsonb NOT NULL,
    reason text NOT NULL,
    sql_state text,
    failed_at timestamptz NOT NULL DEFAULT now(),
    resolved_at timestamptz,
    -- The same poison in a repeated batch is the same row.
    UNIQUE (instrument, epoch, sequence, kind, row_key)
);

COMMENT ON TABLE outbox_dead IS 'Rows that could not be written to their table, one each, with the reason. Anything unresolved here needs a person.';
COMMENT ON COLUMN outbox_dead.dead_id IS 'Identity of the entry, a running number of this database.';
COMMENT ON COLUMN outbox_dead.instrument IS 'Name of the traded pair, such as BTC-USD.';
COMMENT ON COLUMN outbox_dead.epoch IS 'Epoch of the instrument in which sequence was given; a count that grows when the sequence restarts.';
COMMENT ON COLUMN outbox_dead.sequence IS 'Sequence of the event that the row came from.';
COMMENT ON COLUMN outbox_dead.kind IS 'Table it was meant for: order (orders) or trade (trades).';
COMMENT ON COLUMN outbox_dead.row_key IS 'Identity of the row there: an order id, or a trade number.';
COMMENT ON COLUMN outbox_dead.payload IS 'The whole row as it was sent, by column name; numbers beyond 53 bits as text.';
COMMENT ON COLUMN outbox_dead.reason IS 'What the database said against it, in words.';
COMMENT ON COLUMN outbox_dead.sql_state IS 'The same as a SQLSTATE code of five characters; null where it was not the database that refused.';
COMMENT ON COLUMN outbox_dead.failed_at IS 'Time at which the row was given up, by the database''s clock.';
COMMENT ON COLUMN outbox_dead.resolved_at IS 'Time at which an operator dealt with it; null until then.';

CREATE INDEX outbox_dead_unresolved ON outbox_dead (instrument, dead_id) WHERE resolved_at IS NULL;

-- The migration tool's own record.
COMMENT ON TABLE migrations IS 'Which of the files in migrations/ have been applied, one row each.';
COMMENT ON COLUMN migrations.id IS 'Running number of the application.';
COMMENT ON COLUMN migrations.name IS 'Name of the file, without .sql.';
COMMENT ON COLUMN migrations.run_on IS 'Time of application, in the time zone the database server had then.';
