#!/usr/bin/env python3
"""Checks whether config.url changed, using the ETag of its last response.

A failed run changes no state, so after an error the next run uses the same ETag again.
"""

import json
import sys
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import Request, urlopen

TIMEOUT_SECONDS = 20
MAX_ETAG = 500  # keeps the state small; a longer ETag is not stored


def get(url, etag):
    """The response to a conditional GET; urllib calls a 304 an error, which it is not."""
    if not url.startswith(("http://", "https://")):
        raise ValueError("config.url is not an http or https address")
    headers = {"If-None-Match": etag} if etag else {}
    try:
        return urlopen(Request(url, headers=headers), timeout=TIMEOUT_SECONDS)
    except HTTPError as response:
        return response


def poll(config, state):
    former = state.get("etag")
    with get(config["url"], former) as response:
        status, etag = response.status, response.headers.get("ETag", "")
    if status == 304:
        etag, message = etag or former, "unchanged"
    elif status == 200:
        message = "changed" if former else "first response, or no ETag before"
    else:
        return {"status": "error", "error": f"HTTP status {status}"}
    kept = etag if etag and len(etag) <= MAX_ETAG else None
    return {
        "status": "ok",
        "state_updates": {"etag": kept, "last_status": status},
        "logs": [{"level": "info", "message": message}],
    }


request = json.load(sys.stdin)
try:
    answer = poll(request["config"], request["state"])
except (OSError, ValueError, HTTPException) as error:
    answer = {"status": "error", "error": f"No answer: {error}"}
print(json.dumps(answer))
