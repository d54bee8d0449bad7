#!/usr/bin/env python3
"""Reads one JSON object on stdin (job_id, config, state ...) and writes one on stdout."""

import json
import sys

request = json.load(sys.stdin)
config, state = request["config"], request["state"]

# Do the work here. What goes wrong: answer = {"status": "error", "error": "why"}
runs = state.get("runs", 0) + 1
answer = {
    "status": "ok",
    "state_updates": {"runs": runs},
    "logs": [{"level": "info", "message": f"run {runs}"}],
}

print(json.dumps(answer))
