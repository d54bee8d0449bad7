#!/usr/bin/env bash
# Reports the files of config.folder that are new or changed since the last run.
#
# Bash cannot read JSON, so this plugin only looks for texts that it knows how to write. Its limits:
# - config.folder must be a text without " and \ in it
# - a file is left out, and the log says so, if its name has " or \ or other than printable ASCII
# - each file is read whole for its checksum: POSIX tools show times only to the minute
# The Python, Deno and Node versions of this example have none of them.
export LC_ALL=C

max_files=500 # keeps the state well below the gateway's limit of 1 MiB
max_logs=100  # the gateway logs no more lines of one run

fail() {
  printf '{"status":"error","error":"%s"}\n' "$1"
  exit 0
}

request=$(cat)
config=${request%%'"state":'*}
state=${request#*'"state":'}
folder=$(sed -n 's/.*"folder":"\([^"\\]*\)".*/\1/p' <<< "$config")
[ -n "$folder" ] || fail 'config.folder is not a text that this plugin can read'
cd -- "$folder" 2> /dev/null || fail 'config.folder is not a folder that can be read'

files='' logs='' lines=0 count=0
log() {
  lines=$((lines + 1))
  [ "$lines" -ge "$max_logs" ] || logs+=",{\"level\":\"info\",\"message\":\"$1\"}"
}

shopt -s nullglob dotglob
for name in *; do
  [ -f "$name" ] && [ ! -L "$name" ] || continue
  case $name in *[!\ -~]* | *[\"\\]*) log 'left out: a file with an unusual name' && continue ;; esac
  sum=$(cksum 2> /dev/null < "$name") || continue # it vanished meanwhile, or may not be read
  count=$((count + 1))
  [ "$count" -le "$max_files" ] || fail "more than $max_files files"
  case $state in # the gateway writes it without spaces, so a known file stands there like this
    *"\"$name\":\"$sum\""*) ;;
    *"\"$name\":\""*) log "changed: $name" ;;
    *) log "new: $name" ;;
  esac
  files+=",\"$name\":\"$sum\""
done
more=$((lines - max_logs + 1))
[ "$more" -le 0 ] || logs+=",{\"level\":\"info\",\"message\":\"and $more more\"}"
printf '{"status":"ok","state_updates":{"files":{%s}},"logs":[%s]}\n' "${files#,}" "${logs#,}"
