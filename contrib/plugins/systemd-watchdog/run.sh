#!/usr/bin/env bash
# That this runs is the message: the gateway has ticked, enqueued, claimed and spawned.
set -eu
cat > /dev/null
: "${NOTIFY_SOCKET:?is not set; add env: [NOTIFY_SOCKET] to the entry, and the drop-in to the unit}"
systemd-notify WATCHDOG=1
echo '{"status": "ok"}'
