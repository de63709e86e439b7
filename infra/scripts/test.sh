#!/usr/bin/env bash
# Everything CI checks, in the order in which it fails fastest. The last line is the total.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

LOGS=target/test-logs
mkdir -p "$LOGS"
rm -f "$LOGS"/*.log

# Adds up what the runners said: nextest's summary, cargo test's results, and fanin's own.
total() {
  local status=$?
  infra/scripts/container.sh stop
  cat "$LOGS"/*.log 2>/dev/null | sed 's/\x1b\[[0-9;]*m//g' | awk -v status="$status" '
    /Summary \[|^test result:|^[0-9]+ passed, [0-9]+ failed/ {
      for (i = 2; i <= NF; i++) {
        if ($i ~ /^passed/) passed += $(i - 1)
        if ($i ~ /^failed/) failed += $(i - 1)
      }
    }
    END {
      if (status != 0 && failed == 0) failed = 1
      printf "%d passed, %d failed\n", passed, failed
    }'
  exit "$status"
}
trap total EXIT

step() {
  local name=$1 start=$SECONDS
  shift
  say "$name"
  if "$@" 2>&1 | tee "$LOGS/$name.log"; then
    say "$name: $((SECONDS - start)) s"
  else
    die "$name failed"
  fi
}

# What a build from nothing takes, with what the compiler keeps for the next one.
needed=17
[ "${CARGO_INCREMENTAL:-1}" != 0 ] || needed=9
free=$(($(df -Pk . | awk 'NR == 2 { print $4 }') / 1048576))
if [ ! -d target/debug ] && [ "$free" -lt "$needed" ]; then
  warn "only $free GB are free here, and a build from nothing takes $needed: it may end with 'No space left on device'"
fi

# Everything has to be there: a test that would be skipped fails instead.
export FANIN_REQUIRE_AWS=1
infra/scripts/setup.sh aws
step format cargo fmt --all --check
step lint infra/scripts/lint.sh
# One build for the tests, the command line and the functions: another choice of packages would build the SDKs again.
if cargo nextest --version >/dev/null 2>&1; then
  step build cargo nextest run --workspace --locked --no-run
else
  step build cargo test --workspace --locked --no-run --lib --bins --tests
fi
# The archives that the emulator runs.
step functions infra/scripts/lambda-build.sh --test
# The tests take these instead of building them once more with other features.
export FANIN_BOOTSTRAPS="$PWD/target/debug" FANIN_BIN="$PWD/target/debug/fanin"
# The emulator in a container too, where one can be run.
say "container"
if { infra/scripts/setup.sh container && infra/scripts/container.sh emulator; } >"$LOGS/container.log" 2>&1; then
  FANIN_CONTAINER="$(tail -n 1 "$LOGS/container.log")"
  export FANIN_CONTAINER
  say "container: $FANIN_CONTAINER"
else
  warn "skipped: the emulator in a container: $(tail -n 1 "$LOGS/container.log")"
fi
if cargo nextest --version >/dev/null 2>&1; then
  step tests cargo nextest run --workspace --locked --no-fail-fast
else
  say "cargo-nextest is missing: cargo test runs the tests"
  step tests cargo test --workspace --locked --no-fail-fast --lib --bins --tests
fi
step doctests cargo test --workspace --locked --doc
step scenarios target/debug/fanin test tests/scenarios
step examples target/debug/fanin test examples
step browser infra/scripts/test-browser.sh --built
# The command line once more, with a feature that is off by default; last, as it is another program under the same name.
step traces cargo test --workspace --locked --features fanin-cli/otel --test traces
step dependencies infra/scripts/deny.sh
