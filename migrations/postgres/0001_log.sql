-- The event log, in the layout of postgres-es with columns of our own behind it: stock postgres-es reads our streams.
CREATE TABLE events (
    aggregate_type text   NOT NULL, -- category of the stream
    aggregate_id   text   NOT NULL, -- its uuid; on a branch other than main `uuid@branch`
    sequence       bigint NOT NULL CHECK (sequence >= 0),
    event_type     text   NOT NULL,
    event_version  text   NOT NULL,
    payload        json   NOT NULL, -- {"sealed": base64 of the ciphertext, ...}: json keeps the text as it is
    metadata       json   NOT NULL,
    branch         bigint NOT NULL,
    position       bigint NOT NULL,
    event_id       bytea  NOT NULL,
    recorded_at    bigint NOT NULL,
    header         bytea  NOT NULL, -- canonical form: what the ledger hashes
    PRIMARY KEY (aggregate_type, aggregate_id, sequence)
);

CREATE UNIQUE INDEX events_by_position ON events (branch, position);
CREATE UNIQUE INDEX events_by_id ON events (event_id);

CREATE TABLE outcomes (
    command_id bytea  PRIMARY KEY,
    branch     bigint NOT NULL,
    first      bigint NOT NULL,
    count      bigint NOT NULL
);

-- The row of main is locked from the beginning of an append to its commit: that makes positions gapless and their order
-- the order of commits, however many processes write.
CREATE TABLE branches (
    id          bigint PRIMARY KEY,
    name        text   NOT NULL UNIQUE,
    parent      bigint,
    fork        bigint NOT NULL,
    fork_leaf   bytea  NOT NULL,
    head        bigint NOT NULL,
    head_leaf   bytea  NOT NULL,
    recorded_at bigint NOT NULL,
    open        boolean NOT NULL
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'events are immutable'; END $$;
CREATE TRIGGER events_are_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON events
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
