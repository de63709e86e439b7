#!/usr/bin/env bash
# The AWS host under test without Docker: scenarios, faults and costs on our own double of AWS, then the functions deployed into the
# emulator as a user deploys them. `test-aws.sh long` adds what takes long; `test-aws.sh container` deploys into a container.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

export FANIN_REQUIRE_AWS=1
infra/scripts/setup.sh aws
infra/scripts/functions.sh
case "${1:-}" in
  "")
    export FANIN_BOOTSTRAPS="$PWD/target/debug"
    cargo nextest run --workspace --locked \
      -E 'package(fanin-tests-aws) + package(fanin-tests-emulator) + package(fanin-store-dynamodb) + package(fanin-lambda)'
    ;;
  long)
    cargo run --locked --release -p fanin-tests-aws --bin aws-faults -- --joins 10000
    cargo run --locked --release -p fanin-tests-aws --bin aws-cost -- --long
    ;;
  container)
    infra/scripts/setup.sh container
    infra/scripts/container.sh start
    FANIN_EMULATOR_IMAGE="${FANIN_EMULATOR_IMAGE:-fanin-emulator}"
    FANIN_EMULATOR_TAG="${FANIN_EMULATOR_TAG:-$(infra/scripts/emulator-image.sh | tail -1 | cut -d: -f2)}"
    export FANIN_EMULATOR_IMAGE FANIN_EMULATOR_TAG
    cargo nextest run --locked -p fanin-tests-emulator --features container -E 'test(container)'
    ;;
  *) die "test-aws.sh knows long and container, not $1" ;;
esac
