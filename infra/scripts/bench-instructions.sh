#!/usr/bin/env bash
# Counts the instructions of matching under valgrind and compares them with event/bench/instructions.md; fails when a count has
# moved by more than 5 %. With FANIN_REWRITE=1 the file is rewritten instead. Installs what it needs.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

infra/scripts/setup.sh counts
counts="${CARGO_TARGET_DIR:-target}/instructions"
rm -rf "$counts"
mkdir -p "$counts"
GUNGRAUN_HOME="$(cd "$counts" && pwd)" GUNGRAUN_RUNNER="$(command -v gungraun-runner)" \
  cargo bench --quiet --locked -p fanin-event-bench --bench instructions -- --nosummary
rewrite=()
[ "${FANIN_REWRITE:-}" != 1 ] || rewrite=(--rewrite)
cargo run --quiet --locked --release -p fanin-event-bench --bin instruction-table -- \
  "$counts" event/bench/instructions.md "${rewrite[@]}"
