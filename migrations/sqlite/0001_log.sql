-- The event log. `id` is branch << 40 | position, so that one integer key gives the order of every branch.
CREATE TABLE events (
    id          INTEGER PRIMARY KEY,
    stream      TEXT    NOT NULL,
    version     INTEGER NOT NULL,
    event_id    BLOB    NOT NULL,
    recorded_at INTEGER NOT NULL,
    header      BLOB    NOT NULL, -- canonical form: what the ledger hashes
    body        BLOB    NOT NULL  -- ciphertext and tag
) STRICT;

CREATE UNIQUE INDEX events_by_id ON events (event_id);
-- A stream's versions are unique per branch; the branch is in the high bits of id.
CREATE UNIQUE INDEX events_by_stream ON events (stream, id >> 40, version);

CREATE TABLE outcomes (
    command_id BLOB    PRIMARY KEY,
    branch     INTEGER NOT NULL,
    first      INTEGER NOT NULL,
    count      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE branches (
    id          INTEGER PRIMARY KEY,
    name        TEXT    NOT NULL UNIQUE,
    parent      INTEGER,
    fork        INTEGER NOT NULL,
    fork_leaf   BLOB    NOT NULL,
    head        INTEGER NOT NULL,
    head_leaf   BLOB    NOT NULL,
    recorded_at INTEGER NOT NULL,
    open        INTEGER NOT NULL
) STRICT;

CREATE TRIGGER events_are_not_updated BEFORE UPDATE ON events
BEGIN SELECT raise(ABORT, 'events are immutable'); END;
CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON events
BEGIN SELECT raise(ABORT, 'events are immutable'); END;
