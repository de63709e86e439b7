#!/usr/bin/env bash
# Builds fanin and plays the uploads example: files go in over the S3 protocol, a function runs once per finished job.
# The development profile, without the verbs for AWS, on purpose: a fresh clone is there sooner.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

have cargo || die "cargo is missing: install Rust 1.95 or newer, https://rustup.rs"
for tool in python3 curl; do have "$tool" || infra/scripts/setup.sh; done
say "building fanin"
cargo build --locked -p fanin-cli --bin fanin --no-default-features --target-dir target/small
FANIN="$ROOT/target/small/debug/fanin" exec examples/uploads/run.sh
