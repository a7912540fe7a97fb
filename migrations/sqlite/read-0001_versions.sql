-- A read model: rows are versions. A version holds until the next one of the same key in the lineage that is looked at.
-- Nothing is updated in place, so a past position is read by the same query as the latest one.
CREATE TABLE versions (
    kind   INTEGER NOT NULL,
    key    BLOB    NOT NULL,
    branch INTEGER NOT NULL,
    pos    INTEGER NOT NULL,
    parent BLOB    NOT NULL,
    sort   INTEGER NOT NULL,
    value  BLOB,              -- JSON without words of a person; NULL: the row ends here
    PRIMARY KEY (kind, key, branch, pos)
) STRICT, WITHOUT ROWID;

CREATE INDEX versions_by_parent ON versions (kind, parent, sort, branch, pos);

CREATE TABLE checkpoints (branch INTEGER PRIMARY KEY, pos INTEGER NOT NULL) STRICT;
