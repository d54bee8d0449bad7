-- The gateway's last sign of life: one row, written at each tick.
CREATE TABLE heartbeat (
  id         INTEGER PRIMARY KEY CHECK (id = 1),
  pid        INTEGER NOT NULL,
  boot_id    TEXT,
  booted_at  TEXT,
  started_at TEXT    NOT NULL,
  tick_at    TEXT    NOT NULL
) STRICT;
