CREATE TABLE submissions (
    id TEXT PRIMARY KEY,
    created_secs INTEGER NOT NULL,
    updated_secs INTEGER NOT NULL,
    place TEXT NOT NULL,            -- JSON
    name TEXT NOT NULL,
    job_type TEXT NOT NULL,
    priority INTEGER NOT NULL,
    settings TEXT NOT NULL,         -- JSON
    models TEXT NOT NULL,           -- JSON, absolute paths
    files TEXT NOT NULL,            -- JSON, absolute paths
    destination TEXT,               -- a wish
    state TEXT NOT NULL,
    error TEXT,
    note TEXT,
    wants_cancel INTEGER NOT NULL DEFAULT 0,
    n_checkouts INTEGER NOT NULL DEFAULT 0,   -- asked for so far; each has its own name
    n_rehashes INTEGER NOT NULL DEFAULT 0,    -- files that changed on the way
    checkout TEXT,                  -- the folder the Manager made
    job_id TEXT,
    job_status TEXT,
    job_created TEXT,
    steps_completed INTEGER NOT NULL DEFAULT 0,
    steps_total INTEGER NOT NULL DEFAULT 0,
    n_bytes_done INTEGER NOT NULL DEFAULT 0,
    n_bytes_total INTEGER NOT NULL DEFAULT 0,
    results_dir TEXT                -- the folder made for it
);

CREATE TABLE bundle_files (
    submission TEXT NOT NULL REFERENCES submissions(id) ON DELETE CASCADE,
    path TEXT NOT NULL,             -- in the checkout
    source TEXT NOT NULL,
    model_index INTEGER,            -- which model this file is, if one
    size INTEGER NOT NULL,
    sha TEXT NOT NULL,
    PRIMARY KEY (submission, path)
) WITHOUT ROWID;

CREATE TABLE result_files (
    submission TEXT NOT NULL REFERENCES submissions(id) ON DELETE CASCADE,
    name TEXT NOT NULL,             -- in the job's output folder
    path TEXT NOT NULL,             -- here
    size INTEGER NOT NULL,
    sha TEXT NOT NULL,
    PRIMARY KEY (submission, name)
) WITHOUT ROWID;

-- What a file hashed to while it had this size and time.
CREATE TABLE hashes (
    path TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    mtime_nanos INTEGER NOT NULL,
    sha TEXT NOT NULL
) WITHOUT ROWID;
