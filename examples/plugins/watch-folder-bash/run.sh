#!/usr/bin/env bash
# Reports files in config.folder that are new or changed since the last run.
#
# Bash cannot read JSON, so this plugin only finds strings that it knows how to write. Its limits:
# - config.folder must be a string without " or \
# - it skips a file, and logs that, if the name has " or \ or anything but printable ASCII
# - it reads all of each file for a checksum: POSIX tools show times only to the minute
# The Python, Deno and Node versions of this example have none of these limits.
export LC_ALL=C

max_files=500 # keeps the state well below the gateway's limit of 1 MiB
max_logs=100  # the gateway logs no more lines per run

fail() {
  printf '{"status":"error","error":"%s"}\n' "$1"
  exit 0
}

request=$(cat)
config=${request%%'"state":'*}
state=${request#*'"state":'}
folder=$(sed -n 's/.*"folder":"\([^"\\]*\)".*/\1/p' <<< "$config")
[ -n "$folder" ] || fail 'config.folder is not a string that this plugin can read'
cd -- "$folder" 2> /dev/null || fail 'config.folder is not a readable folder'

files='' logs='' lines=0 count=0
log() {
  lines=$((lines + 1))
  [ "$lines" -ge "$max_logs" ] || logs+=",{\"level\":\"info\",\"message\":\"$1\"}"
}

shopt -s nullglob dotglob
for name in *; do
  [ -f "$name" ] && [ ! -L "$name" ] || continue
  case $name in *[!\ -~]* | *[\"\\]*) log 'skipped: a file with an unusual name' && continue ;; esac
  sum=$(cksum 2> /dev/null < "$name") || continue # it vanished meanwhile, or cannot be read
  count=$((count + 1))
  [ "$count" -le "$max_files" ] || fail "more than $max_files files"
  case $state in # the gateway writes JSON without spaces, so a known file looks like this
    *"\"$name\":\"$sum\""*) ;;
    *"\"$name\":\""*) log "changed: $name" ;;
    *) log "new: $name" ;;
  esac
  files+=",\"$name\":\"$sum\""
done
more=$((lines - max_logs + 1))
[ "$more" -le 0 ] || logs+=",{\"level\":\"info\",\"message\":\"and $more more\"}"
printf '{"status":"ok","state_updates":{"files":{%s}},"logs":[%s]}\n' "${files#,}" "${logs#,}"
