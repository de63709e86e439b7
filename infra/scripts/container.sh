#!/usr/bin/env bash
# Starts a container engine where none runs and we may (as root, without systemd): `container.sh start`.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

docker info >/dev/null 2>&1 && exit 0
[ "$(id -u)" -eq 0 ] || die "no container engine runs: start docker"
mkdir -p target
say "starting dockerd"
setsid dockerd >target/dockerd.log 2>&1 </dev/null &
for _ in $(seq 100); do
  docker info >/dev/null 2>&1 && exit 0
  sleep 0.2
done
tail -5 target/dockerd.log >&2
die "dockerd does not start: see target/dockerd.log"
