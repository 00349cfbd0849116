ALTER TABLE submissions ADD COLUMN is_held INTEGER NOT NULL DEFAULT 0;
ALTER TABLE submissions ADD COLUMN turn REAL;                              -- where it was moved to; else its rowid
ALTER TABLE submissions ADD COLUMN n_bytes_bundle INTEGER NOT NULL DEFAULT 0;
ALTER TABLE submissions ADD COLUMN n_bytes_sent INTEGER NOT NULL DEFAULT 0; -- what the Manager lacked of them

-- For everything in the outbox.
CREATE TABLE switches (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;
