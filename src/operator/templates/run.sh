#!/usr/bin/env bash
# Reads one JSON object on stdin (job_id, config, state ...) and writes one on stdout.
set -euo pipefail
request=$(cat) # jq reads it: jq -r .config.city <<< "$request"

# Do the work here. What goes wrong: echo '{"status": "error", "error": "why"}'; exit 0
message="read a request of ${#request} bytes"

echo "{\"status\": \"ok\", \"logs\": [{\"level\": \"info\", \"message\": \"$message\"}]}"
