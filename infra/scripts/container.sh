#!/usr/bin/env bash
# A container engine for the tests, and the emulator as an image for it.
#
#   container.sh start     starts an engine where none runs and we may (as root, without systemd)
#   container.sh emulator  also makes the emulator's image and proves that a container of it answers; the last line is NAME:TAG.
#                          FANIN_EMULATOR_IMAGE (localstack/localstack) or FANIN_EMULATOR_TAG (latest) name another image, which is pulled
#   container.sh stop      ends the engine that `start` started
set -euo pipefail
source "$(dirname "$0")/lib.sh"

PID=target/dockerd.pid

start() {
  have docker || die "no container engine is installed: apt-get install docker.io"
  docker info >/dev/null 2>&1 && return 0
  [ "$(id -u)" -eq 0 ] || die "no container engine runs: start docker"
  have dockerd || die "no container engine is installed: apt-get install docker.io"
  mkdir -p target
  say "starting dockerd" >&2
  setsid dockerd --pidfile "$PWD/$PID" >target/dockerd.log 2>&1 </dev/null &
  for _ in $(seq 100); do
    docker info >/dev/null 2>&1 && return 0
    sleep 0.2
  done
  tail -n 3 target/dockerd.log >&2
  die "dockerd does not start on this machine: $(tail -n 1 target/dockerd.log | cut -c 1-200)"
}

# A container of the image answers at a published port.
answers() {
  local id port
  id="$(docker run --detach --rm --publish 127.0.0.1::4566 "$1")" || return 1
  port="$(docker port "$id" 4566/tcp | head -n 1 | sed 's/.*://')"
  for _ in $(seq 300); do
    if curl -sf -o /dev/null "http://127.0.0.1:$port/_localstack/health"; then
      docker stop --time 1 "$id" >/dev/null
      return 0
    fi
    sleep 0.2
  done
  docker logs "$id" 2>&1 | tail -n 5 >&2
  docker stop --time 1 "$id" >/dev/null || true
  return 1
}

case "${1:-}" in
  start) start ;;
  emulator)
    start
    if [ -n "${FANIN_EMULATOR_IMAGE:-}${FANIN_EMULATOR_TAG:-}" ]; then
      image="${FANIN_EMULATOR_IMAGE:-localstack/localstack}:${FANIN_EMULATOR_TAG:-latest}"
      docker image inspect "$image" >/dev/null 2>&1 || docker pull --quiet "$image" >&2 || die "$image cannot be pulled"
    else
      image="$(infra/scripts/emulator-image.sh | tail -n 1)"
    fi
    answers "$image" || die "a container of $image does not answer at a published port"
    echo "$image"
    ;;
  stop) [ ! -f "$PID" ] || kill "$(cat "$PID")" 2>/dev/null || true ;;
  *) die "container.sh knows start, emulator and stop, not ${1:-nothing}" ;;
esac
