#!/usr/bin/env bash
input=$(cat)
echo "{\"status\": \"ok\", \"events\": [], \"state_updates\": {\"last_run\": \"$(date -u +%Y-%m-%dT%H:%M:%SZ)\"}, \"logs\": [{\"level\": \"info\", \"message\": \"echo plugin ran\"}]}"
