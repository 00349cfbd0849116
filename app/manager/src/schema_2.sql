-- From schema 1 to 2: the order of what waits is one index, and what is asked every second has its own.
ALTER TABLE tasks ADD COLUMN job_priority INTEGER NOT NULL DEFAULT 50;
UPDATE tasks SET job_priority = (SELECT priority FROM jobs WHERE jobs.id = tasks.job_id);
DROP INDEX tasks_runnable;
CREATE INDEX tasks_waiting ON tasks (job_priority DESC, priority DESC, id)
  WHERE status IN ('queued', 'soft-failed');
CREATE INDEX tasks_soft_failed ON tasks (id) WHERE status = 'soft-failed';
CREATE INDEX tasks_active ON tasks (last_touched) WHERE status = 'active';
CREATE INDEX jobs_by_status ON jobs (status);
CREATE INDEX jobs_to_delete ON jobs (id) WHERE delete_requested_at IS NOT NULL;
CREATE INDEX jobs_by_submission ON jobs (json_extract(metadata, '$."kiln.submission"'));
