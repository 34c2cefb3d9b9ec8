-- One queue. Times are milliseconds since 1970; a message that is not leased is ready from visible_at on, a leased one
-- is ours until then.
CREATE TABLE IF NOT EXISTS message (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    body       BLOB    NOT NULL,
    trace      TEXT,
    sent_at    INTEGER NOT NULL,
    visible_at INTEGER NOT NULL,
    leased     INTEGER NOT NULL DEFAULT 0,
    deliveries INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX IF NOT EXISTS message_by_time ON message (visible_at, id);

-- What was given up, with the reason; nothing is removed from here but by hand.
CREATE TABLE IF NOT EXISTS dead_letter (
    id         INTEGER PRIMARY KEY,
    body       BLOB    NOT NULL,
    code       TEXT    NOT NULL,
    detail     TEXT    NOT NULL,
    deliveries INTEGER NOT NULL,
    sent_at    INTEGER NOT NULL,
    died_at    INTEGER NOT NULL
) STRICT;
