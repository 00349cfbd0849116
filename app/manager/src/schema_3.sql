-- From schema 2 to 3: what nobody has taken yet is in one index less.
DROP INDEX tasks_by_worker;
CREATE INDEX tasks_by_worker ON tasks (worker_id, status) WHERE worker_id IS NOT NULL;
