#!/usr/bin/env python3
"""Reports files in config.folder that are new or changed since the last run.

The state holds one short string for each file, so the same state and the same folder always
give the same answer. Deleted files are forgotten, because each run replaces all of `files`.
"""

import json
import os
import sys

MAX_FILES = 500  # keeps the state well below the gateway's limit of 1 MiB
MAX_LOGS = 100  # the gateway logs no more lines per run


def fingerprints(folder):
    """Maps the name of each regular file to "size mtime"; skips files that vanish meanwhile."""
    found = {}
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            try:
                if entry.is_file(follow_symlinks=False):
                    info = entry.stat(follow_symlinks=False)
                    name = os.fsencode(entry.name).decode("utf-8", "replace")
                    found[name] = f"{info.st_size} {info.st_mtime_ns // 1_000_000}"
            except FileNotFoundError:
                continue
    return found


def poll(config, state):
    files = fingerprints(config["folder"])
    if len(files) > MAX_FILES:
        return {"status": "error", "error": f"{len(files)} files, the limit is {MAX_FILES}"}
    known = state.get("files", {})
    changed = [name for name, mark in files.items() if known.get(name) != mark]
    lines = [f"{'changed' if name in known else 'new'}: {name}" for name in changed]
    if len(lines) > MAX_LOGS:
        lines = lines[: MAX_LOGS - 1] + [f"and {len(lines) - MAX_LOGS + 1} more"]
    logs = [{"level": "info", "message": line} for line in lines]
    return {"status": "ok", "state_updates": {"files": files}, "logs": logs}


request = json.load(sys.stdin)
try:
    answer = poll(request["config"], request["state"])
except OSError as error:
    answer = {"status": "error", "error": f"Cannot read the folder: {error.strerror}"}
print(json.dumps(answer))
