#!/usr/bin/env bash
# Lints: warnings are errors.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

cargo clippy --workspace --all-targets --locked -- -D warnings
# The same choice of packages, so that only the command line is looked at once more.
cargo clippy --workspace --bin fanin --test traces --features fanin-cli/otel --locked -- -D warnings
mapfile -t scripts < <(git ls-files '*.sh' '.ci/run')
if have shellcheck; then
  shellcheck --external-sources --source-path=SCRIPTDIR "${scripts[@]}"
else
  for script in "${scripts[@]}"; do bash -n "$script"; done
  warn "shellcheck is not installed: the scripts were only parsed"
fi
