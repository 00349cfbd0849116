-- Times are microseconds since 1970, UTC. Statuses are the protocol's words.
-- Settings, metadata, commands and lists of task types are JSON.

CREATE TABLE jobs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  uuid TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  job_type TEXT NOT NULL,
  priority INTEGER NOT NULL,
  status TEXT NOT NULL,
  activity TEXT NOT NULL DEFAULT '',
  settings TEXT NOT NULL,
  metadata TEXT NOT NULL,
  shaman_checkout TEXT,
  tag_id INTEGER REFERENCES worker_tags (id) ON DELETE SET NULL,
  created INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  delete_requested_at INTEGER,
  steps_completed INTEGER NOT NULL DEFAULT 0,
  steps_total INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX jobs_by_status ON jobs (status);
CREATE INDEX jobs_to_delete ON jobs (id) WHERE delete_requested_at IS NOT NULL;
CREATE INDEX jobs_by_submission ON jobs (json_extract(metadata, '$."kiln.submission"'));

CREATE TABLE tasks (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  uuid TEXT NOT NULL UNIQUE,
  job_id INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  index_in_job INTEGER NOT NULL,
  name TEXT NOT NULL,
  task_type TEXT NOT NULL,
  priority INTEGER NOT NULL,
  -- The job's, once more, so that one index holds the order of all that waits.
  job_priority INTEGER NOT NULL,
  status TEXT NOT NULL,
  activity TEXT NOT NULL DEFAULT '',
  commands TEXT NOT NULL,
  worker_id INTEGER REFERENCES workers (id) ON DELETE SET NULL,
  steps_completed INTEGER NOT NULL DEFAULT 0,
  steps_total INTEGER NOT NULL,
  last_touched INTEGER,
  created INTEGER NOT NULL,
  updated INTEGER NOT NULL
) STRICT;
CREATE INDEX tasks_by_job ON tasks (job_id, status);
-- The scheduler reads runnable tasks in this order; the farm's history stays out of its way.
CREATE INDEX tasks_waiting ON tasks (job_priority DESC, priority DESC, id)
  WHERE status IN ('queued', 'soft-failed');
CREATE INDEX tasks_soft_failed ON tasks (id) WHERE status = 'soft-failed';
CREATE INDEX tasks_active ON tasks (last_touched) WHERE status = 'active';
CREATE INDEX tasks_by_worker ON tasks (worker_id, status) WHERE worker_id IS NOT NULL;

CREATE TABLE task_dependencies (
  task_id INTEGER NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
  dependency_id INTEGER NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
  PRIMARY KEY (task_id, dependency_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX dependents ON task_dependencies (dependency_id);

CREATE TABLE task_failures (
  task_id INTEGER NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
  worker_id INTEGER NOT NULL REFERENCES workers (id) ON DELETE CASCADE,
  n_times INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (task_id, worker_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE job_blocks (
  job_id INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  worker_id INTEGER NOT NULL REFERENCES workers (id) ON DELETE CASCADE,
  task_type TEXT NOT NULL,
  PRIMARY KEY (job_id, worker_id, task_type)
) STRICT, WITHOUT ROWID;

CREATE TABLE workers (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  uuid TEXT NOT NULL UNIQUE,
  secret_hash BLOB NOT NULL,
  name TEXT NOT NULL,
  address TEXT NOT NULL,
  platform TEXT NOT NULL,
  software TEXT NOT NULL DEFAULT '',
  status TEXT NOT NULL DEFAULT '',
  -- Set when the Manager, not the Worker, put it into error: asking for a task heals it.
  is_timed_out INTEGER NOT NULL DEFAULT 0,
  status_requested TEXT,
  is_request_lazy INTEGER NOT NULL DEFAULT 0,
  last_seen INTEGER,
  task_types TEXT NOT NULL,
  can_restart INTEGER NOT NULL DEFAULT 0,
  created INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  deleted_at INTEGER
) STRICT;

CREATE TABLE worker_tags (
  id INTEGER PRIMARY KEY,
  uuid TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL UNIQUE,
  description TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE TABLE worker_tag_membership (
  tag_id INTEGER NOT NULL REFERENCES worker_tags (id) ON DELETE CASCADE,
  worker_id INTEGER NOT NULL REFERENCES workers (id) ON DELETE CASCADE,
  PRIMARY KEY (tag_id, worker_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE sleep_schedules (
  worker_id INTEGER PRIMARY KEY REFERENCES workers (id) ON DELETE CASCADE,
  is_active INTEGER NOT NULL,
  days_of_week TEXT NOT NULL,
  start_time TEXT NOT NULL,
  end_time TEXT NOT NULL
) STRICT;

-- The job whose preview is the farm's latest.
CREATE TABLE last_rendered (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 0),
  job_id INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE
) STRICT;

-- Hashing results again on every look would cost more than making them.
CREATE TABLE output_hashes (
  job_id INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  path TEXT NOT NULL,
  size INTEGER NOT NULL,
  mtime INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  PRIMARY KEY (job_id, path)
) STRICT, WITHOUT ROWID;

-- Folders that Shaman made below the jobs folder: the only ones a deleted job may take with it.
CREATE TABLE shaman_checkouts (
  path TEXT PRIMARY KEY,
  created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
