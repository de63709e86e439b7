#!/usr/bin/env bash
# What takes long on the AWS double: every scenario on the real functions, 10,000 joins under faults, all cost workloads.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

SEED=${FANIN_SEED:-1}
say "every scenario on the real functions"
FANIN_AWS_LONG=1 cargo nextest run --locked -p fanin-tests-aws -E 'binary(functions)'
say "10,000 joins under faults, FANIN_SEED=$SEED"
cargo run --locked --release -p fanin-tests-aws --bin aws-faults -- --joins 10000 --seed "$SEED"
say "costs at the wire"
cargo run --locked --release -p fanin-tests-aws --bin aws-cost -- --long
