CREATE TABLE job_queue (
  seq          INTEGER PRIMARY KEY AUTOINCREMENT,
  id           TEXT    NOT NULL UNIQUE,
  plugin       TEXT    NOT NULL,
  command      TEXT    NOT NULL,
  payload      TEXT    NOT NULL,
  status       TEXT    NOT NULL CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'dead')),
  attempt      INTEGER NOT NULL CHECK (attempt >= 1),
  max_attempts INTEGER NOT NULL CHECK (max_attempts >= 1),
  submitted_by TEXT    NOT NULL,
  created_at   TEXT    NOT NULL,
  started_at   TEXT,
  completed_at TEXT,
  last_error   TEXT,
  pid          INTEGER
) STRICT;

-- Only live rows are indexed, so that history costs neither the queue nor a settle anything.
CREATE INDEX job_queue_live ON job_queue (status, seq) WHERE status IN ('queued', 'running');
CREATE INDEX job_queue_live_plugin ON job_queue (plugin) WHERE status IN ('queued', 'running');

CREATE TABLE job_log (
  id           INTEGER PRIMARY KEY,
  job_id       TEXT    NOT NULL,
  plugin       TEXT    NOT NULL,
  command      TEXT    NOT NULL,
  status       TEXT    NOT NULL CHECK (status IN ('succeeded', 'failed', 'interrupted', 'dead')),
  reason       TEXT,
  attempt      INTEGER NOT NULL,
  submitted_by TEXT    NOT NULL,
  created_at   TEXT    NOT NULL,
  started_at   TEXT    NOT NULL,
  completed_at TEXT    NOT NULL,
  duration_ms  INTEGER NOT NULL,
  exit_code    INTEGER,
  signal       TEXT,
  last_error   TEXT,
  retry        INTEGER,
  stderr       TEXT    NOT NULL,
  stdout       TEXT
) STRICT;

CREATE INDEX job_log_completed ON job_log (completed_at);

CREATE TABLE plugin_state (
  plugin_name TEXT PRIMARY KEY,
  state       TEXT NOT NULL,
  updated_at  TEXT NOT NULL
) STRICT;

CREATE TABLE schedule (
  plugin      TEXT    PRIMARY KEY,
  next_run_at TEXT    NOT NULL,
  last_run_at TEXT    NOT NULL,
  every_ms    INTEGER NOT NULL,
  jitter_ms   INTEGER NOT NULL
) STRICT;
