#!/usr/bin/env bash
# Checks whether config.url changed, using the ETag of its last response. Needs curl.
#
# Bash cannot read JSON; value() below finds one string by its key. Its limits:
# - of the escapes in a string, it understands only \" and \\
# - if the request has a key of that name more than once, it takes the last one
# A failed run changes no state, so after an error the next run uses the same ETag again.
set -o pipefail
export LC_ALL=C

max_etag=500 # keeps the state small; a longer ETag is not stored

value() {
  sed -nE 's/.*"'"$1"'":"(([^"\\]|\\["\\])*)".*/\1/p' <<< "$request" | sed 's/\\\(.\)/\1/g'
}

quote() {
  printf '"%s"' "$(sed 's/["\\]/\\&/g' <<< "$1")"
}

fail() {
  printf '{"status":"error","error":%s}\n' "$(quote "$1")"
  exit 0
}

request=$(cat)
url=$(value url)
former=$(value etag)
[ -n "$url" ] || fail 'config.url is not a string that this plugin can read'

options=(-sSgL --proto '=http,https' --max-time 20 -o /dev/null -D -)
[ -z "$former" ] || options+=(-H "If-None-Match: $former")
headers=$(curl "${options[@]}" -- "$url" | tr -d '\r') || fail "curl ended with exit code $?"

# Redirects give several blocks of headers; the last one counts.
{ read -r status && IFS= read -r etag; } < <(awk '
  /^HTTP\// { status = $2; etag = "" }
  tolower($0) ~ /^etag:/ { sub(/^[^:]*:[ \t]*/, ""); etag = $0 }
  END { print status; print etag }' <<< "$headers")

case $status in
  200) message=${former:+changed} message=${message:-first response, or no ETag before} ;;
  304) message=unchanged etag=${etag:-$former} ;;
  *) fail "HTTP status $status" ;;
esac
# JSON must be UTF-8, so an ETag with bytes other than printable ASCII is not stored either.
case $etag in *[!\ -~]*) etag='' ;; esac
[ "${#etag}" -le "$max_etag" ] || etag=''
kept=null
[ -z "$etag" ] || kept=$(quote "$etag")
printf '{"status":"ok","state_updates":{"etag":%s,"last_status":%d},"logs":[%s]}\n' \
  "$kept" "$status" "{\"level\":\"info\",\"message\":\"$message\"}"
