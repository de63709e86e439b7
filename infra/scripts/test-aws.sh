#!/usr/bin/env bash
# The AWS host under test without Docker: scenarios, faults and costs on our own double of AWS, then the functions deployed into the
# emulator as a user deploys them. `test-aws.sh long` adds what takes long; `test-aws.sh container` deploys into a container.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

export FANIN_REQUIRE_AWS=1
infra/scripts/setup.sh aws
infra/scripts/lambda-build.sh --test
case "${1:-}" in
  "")
    cargo nextest run --workspace --locked --no-run
    export FANIN_BOOTSTRAPS="$PWD/target/debug" FANIN_BIN="$PWD/target/debug/fanin"
    cargo nextest run --workspace --locked \
      -E 'package(fanin-tests-aws) + package(fanin-tests-emulator) + package(fanin-store-dynamodb) + package(fanin-lambda)'
    ;;
  long)
    cargo nextest run --workspace --locked --no-run
    # The programs of the archives built for tests: optimised for a short build, else those that are deployed.
    unpacked="$PWD/target/functions/unpacked"
    mkdir -p "$unpacked"
    for function in condition-engine rule-engine timers; do
      python3 -m zipfile -e "target/functions/$function/bootstrap.zip" "$unpacked"
      mv "$unpacked/bootstrap" "$unpacked/$function"
      chmod +x "$unpacked/$function"
    done
    export FANIN_BOOTSTRAPS="$unpacked"
    FANIN_AWS_LONG=1 cargo nextest run --workspace --locked -E 'package(fanin-tests-aws) and binary(functions)'
    target/debug/aws-faults --joins 10000
    target/debug/aws-cost --long
    ;;
  container)
    infra/scripts/setup.sh container
    # Without a tag of somebody's own: an image with the emulator that the process uses too.
    FANIN_CONTAINER="$(infra/scripts/container.sh emulator | tail -n 1)"
    export FANIN_CONTAINER
    say "container: $FANIN_CONTAINER"
    trap 'infra/scripts/container.sh stop' EXIT
    cargo nextest run --workspace --locked -E 'package(fanin-tests-emulator) and test(container)'
    ;;
  *) die "test-aws.sh knows long and container, not $1" ;;
esac
