#!/usr/bin/env bash
# Plays the example from start to finish: starts `fanin dev`, uploads the parts of three jobs over the S3 protocol, out of
# order and one of them twice, waits for the functions and prints what happened. Ends with 0 only if the function ran
# exactly once for each job, with all its parts. FANIN names the binary; KEEP=1 keeps the host's directory.
set -euo pipefail
cd "$(dirname "$0")"

FANIN="${FANIN:-fanin}"
DIR="$(mktemp -d)"
HOST_LOG="$DIR/host.log"
HOST=""

finish() {
  local status=$?
  if [ -n "$HOST" ]; then
    kill "$HOST" 2>/dev/null || true
    wait "$HOST" 2>/dev/null || true
  fi
  if [ "$status" -ne 0 ] && [ -s "$HOST_LOG" ]; then
    printf '\nthe last lines of the host:\n' >&2
    tail -n 20 "$HOST_LOG" >&2
  fi
  if [ "${KEEP:-}" = 1 ]; then echo "kept: $DIR"; else rm -rf "$DIR"; fi
  exit "$status"
}
trap finish EXIT

read -r PORT S3_PORT < <(python3 -c '
import socket
free = [socket.socket() for _ in range(2)]
for s in free: s.bind(("127.0.0.1", 0))
print(*[s.getsockname()[1] for s in free])')

# The usual variables: the function fetches the parts with them too.
export AWS_ENDPOINT_URL_S3="http://127.0.0.1:$S3_PORT" AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test

echo "starting: fanin dev workflow.yaml --dir $DIR/state --port $PORT --s3-port $S3_PORT"
"$FANIN" dev workflow.yaml --dir "$DIR/state" --port "$PORT" --s3-port "$S3_PORT" >"$HOST_LOG" 2>&1 &
HOST=$!
for _ in $(seq 200); do
  curl --silent --fail --output /dev/null --max-time 2 "http://127.0.0.1:$PORT/health" && break
  kill -0 "$HOST" 2>/dev/null || { echo "the host did not start" >&2; exit 1; }
  sleep 0.05
done

# upload JOB FILE: what any S3 client does. S3 wants the payload's hash signed too; older curls leave it to the caller.
upload() {
  local hash
  hash="$(python3 -c 'import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest())' "parts/$1/$2")"
  curl --silent --show-error --fail --max-time 20 --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \
    --aws-sigv4 "aws:amz:us-east-1:s3" --header "x-amz-content-sha256: $hash" --upload-file "parts/$1/$2" "$AWS_ENDPOINT_URL_S3/uploads/jobs/$1/$2"
  echo "  uploaded jobs/$1/$2"
}

STARTED="$(python3 -c 'import time; print(time.time())')"
echo "uploading the parts of three jobs, out of order, one part twice:"
upload beta part-4-of-5.csv
upload alpha part-3-of-3.csv
upload beta part-1-of-5.csv
upload alpha part-1-of-3.csv
upload beta part-5-of-5.csv
upload alpha part-3-of-3.csv
upload gamma part-1-of-1.csv
upload beta part-2-of-5.csv
upload alpha part-2-of-3.csv
upload beta part-3-of-5.csv

python3 report.py --host "http://127.0.0.1:$PORT" --started "$STARTED" --uploads 10
