-- A queued job with not_before waits until then. It has waited since waits_since.
ALTER TABLE job_queue ADD COLUMN not_before TEXT
  CHECK (not_before IS strftime('%Y-%m-%dT%H:%M:%fZ', not_before));
ALTER TABLE job_queue ADD COLUMN waits_since TEXT
  CHECK (waits_since IS strftime('%Y-%m-%dT%H:%M:%fZ', waits_since));
-- The time that the run is meant for. NULL: the time at which the job was queued.
ALTER TABLE job_queue ADD COLUMN due_at TEXT;
-- When the next attempt is due. NULL: this was the last one.
ALTER TABLE job_log ADD COLUMN next_attempt_at TEXT;
UPDATE job_log SET next_attempt_at = completed_at WHERE status = 'interrupted';
-- Whether health and totals count it: those of jobs of no entry, and older ones, are left out.
ALTER TABLE job_log ADD COLUMN counted INTEGER NOT NULL DEFAULT 0 CHECK (counted IN (0, 1));

-- Jobs of which an attempt did not end well. The queue itself is claimed by way of queue_head.
CREATE INDEX job_queue_again ON job_queue (seq) WHERE status = 'queued' AND attempt > 1;
DROP INDEX job_queue_live;

CREATE INDEX job_log_plugin ON job_log (plugin, id);
CREATE INDEX job_queue_running ON job_queue (plugin) WHERE status = 'running';
CREATE INDEX job_queue_waiting ON job_queue (not_before)
  WHERE status = 'queued' AND not_before IS NOT NULL;
CREATE INDEX job_queue_ready ON job_queue (plugin, seq)
  WHERE status = 'queued' AND not_before IS NULL;

-- What people look for first: what did not end well.
CREATE INDEX job_queue_bad ON job_queue (status, completed_at) WHERE status IN ('failed', 'dead');
CREATE INDEX job_log_bad ON job_log (plugin, status, id) WHERE status <> 'succeeded';
-- The attempts at a job but its last one, which ended when the job did.
CREATE INDEX job_log_again ON job_log (job_id) WHERE next_attempt_at IS NOT NULL;

-- The oldest ready job of each plugin. A claim passes over a busy plugin in one step, however many of its
-- jobs are queued. Triggers keep it up to date, whoever writes to job_queue.
CREATE TABLE queue_head (
  plugin TEXT    PRIMARY KEY,
  seq    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX queue_head_seq ON queue_head (seq);

INSERT INTO queue_head
SELECT plugin, min(seq) FROM job_queue
WHERE status = 'queued' AND not_before IS NULL
GROUP BY plugin;

CREATE TRIGGER job_queue_inserted AFTER INSERT ON job_queue
WHEN NEW.status = 'queued' AND NEW.not_before IS NULL
BEGIN
  INSERT INTO queue_head VALUES (NEW.plugin, NEW.seq)
  ON CONFLICT (plugin) DO UPDATE SET seq = excluded.seq WHERE excluded.seq < seq;
END;

CREATE TRIGGER job_queue_ready_again AFTER UPDATE OF seq, plugin, status, not_before ON job_queue
WHEN NEW.status = 'queued' AND NEW.not_before IS NULL
BEGIN
  INSERT INTO queue_head VALUES (NEW.plugin, NEW.seq)
  ON CONFLICT (plugin) DO UPDATE SET seq = excluded.seq WHERE excluded.seq < seq;
END;

CREATE TRIGGER job_queue_taken AFTER UPDATE OF seq, plugin, status, not_before ON job_queue
WHEN OLD.status = 'queued' AND OLD.not_before IS NULL AND NOT (
  NEW.status = 'queued' AND NEW.not_before IS NULL AND NEW.plugin = OLD.plugin AND NEW.seq = OLD.seq)
BEGIN
  DELETE FROM queue_head WHERE plugin = OLD.plugin AND seq = OLD.seq;
END;

CREATE TRIGGER job_queue_deleted AFTER DELETE ON job_queue
WHEN OLD.status = 'queued' AND OLD.not_before IS NULL
BEGIN
  DELETE FROM queue_head WHERE plugin = OLD.plugin AND seq = OLD.seq;
END;

CREATE TRIGGER queue_head_deleted AFTER DELETE ON queue_head
BEGIN
  INSERT INTO queue_head
  SELECT plugin, seq FROM job_queue
  WHERE plugin = OLD.plugin AND status = 'queued' AND not_before IS NULL
  ORDER BY seq LIMIT 1;
END;

CREATE TRIGGER queue_head_renamed AFTER UPDATE OF plugin ON queue_head
BEGIN
  INSERT OR IGNORE INTO queue_head
  SELECT plugin, seq FROM job_queue
  WHERE plugin = OLD.plugin AND status = 'queued' AND not_before IS NULL
  ORDER BY seq LIMIT 1;
END;

-- How the jobs of an entry ended lately: one row for each command.
CREATE TABLE health (
  plugin          TEXT    NOT NULL,
  command         TEXT    NOT NULL,
  failures        INTEGER NOT NULL, -- in a row
  failing_since   TEXT,
  last_success_at TEXT,
  last_failure_at TEXT,
  announced       INTEGER NOT NULL DEFAULT 0 CHECK (announced IN (0, 1)),
  PRIMARY KEY (plugin, command)
) STRICT, WITHOUT ROWID;

-- How often jobs ended, and how long they ran: the attempts that took up to le_ms, and more than the le_ms
-- before. Counters only grow; they outlive job_log.
CREATE TABLE totals (
  plugin      TEXT    NOT NULL,
  command     TEXT    NOT NULL,
  outcome     TEXT    NOT NULL,
  le_ms       INTEGER NOT NULL,
  attempts    INTEGER NOT NULL,
  duration_ms INTEGER NOT NULL,
  PRIMARY KEY (plugin, command, outcome, le_ms)
) STRICT, WITHOUT ROWID;

-- What the gateway runs: written at a start and a reload.
CREATE TABLE entries (
  name         TEXT PRIMARY KEY,
  folder       TEXT,
  schedule     TEXT,
  settings     TEXT, -- what else counts for its jobs, as JSON
  status       TEXT NOT NULL CHECK (status IN ('enabled', 'disabled', 'refused')),
  refusal      TEXT,
  error        TEXT,
  config_digest TEXT NOT NULL,
  loaded_at    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What counts for all entries, as JSON; when the gateway stopped; how many lines of its log were lost.
ALTER TABLE heartbeat ADD COLUMN settings TEXT;
ALTER TABLE heartbeat ADD COLUMN stopped_at TEXT;
ALTER TABLE heartbeat ADD COLUMN dropped_lines INTEGER NOT NULL DEFAULT 0;

-- Entries of which nothing is claimed; '*' stands for all of them.
CREATE TABLE pauses (
  plugin    TEXT PRIMARY KEY,
  paused_at TEXT NOT NULL,
  until     TEXT,
  paused_by TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What an operator's command asks of the gateway, and its answer.
CREATE TABLE requests (
  id          INTEGER PRIMARY KEY,
  kind        TEXT NOT NULL,
  arguments   TEXT NOT NULL,
  asked_at    TEXT NOT NULL,
  asked_by    TEXT NOT NULL,
  answered_at TEXT,
  answer      TEXT
) STRICT;
CREATE INDEX requests_open ON requests (id) WHERE answered_at IS NULL;

-- The former values of the keys that a change of state has changed.
CREATE TABLE state_history (
  id         INTEGER PRIMARY KEY,
  plugin     TEXT NOT NULL,
  changed_at TEXT NOT NULL,
  job_id     TEXT,
  former     TEXT NOT NULL
) STRICT;
CREATE INDEX state_history_plugin ON state_history (plugin, id);

-- What operators did.
CREATE TABLE audit (
  id        INTEGER PRIMARY KEY,
  at        TEXT NOT NULL,
  user      TEXT NOT NULL,
  command   TEXT NOT NULL,
  arguments TEXT NOT NULL
) STRICT;
CREATE INDEX audit_at ON audit (at);
