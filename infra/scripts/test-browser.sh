#!/usr/bin/env bash
# The dashboard in a real headless Chromium. Installs what is missing: Debian's chromium, playwright-core and axe-core by the lock file.
# Without a browser the tests are skipped, and the reason is printed; with FANIN_REQUIRE_AWS=1, as in CI, that is a failure.
#
#   test-browser.sh                   builds fanin and runs the tests
#   test-browser.sh --built           with the program that is there (FANIN_BIN, else target/debug/fanin)
#   test-browser.sh screenshots DIR   makes the pictures of docs/dashboard
#   test-browser.sh bench             frames and CPU under 10,000 events a second
set -euo pipefail
source "$(dirname "$0")/lib.sh"

skip() {
  if [ "${FANIN_REQUIRE_AWS:-}" = 1 ]; then die "$1"; fi
  warn "skipped: $1"
  echo "0 passed, 0 failed"
  exit 0
}

chromium_there() { have chromium || have chromium-browser || have google-chrome || [ -x "${FANIN_CHROMIUM:-}" ]; }

install_chromium() {
  have apt-get || return 1
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    have sudo || return 1
    as_root=(sudo -n)
  fi
  say "installing chromium, chromium-driver and fonts-inter (system packages)"
  { "${as_root[@]}" apt-get update -qq && "${as_root[@]}" apt-get install -y -qq --no-install-recommends chromium chromium-driver fonts-inter; } \
    >/dev/null 2>&1
}

install_playwright() {
  [ -d tests/browser/node_modules/playwright-core ] && cmp -s tests/browser/package-lock.json tests/browser/node_modules/.installed && return 0
  say "installing playwright-core and axe-core (npm, by the lock file)"
  (cd tests/browser && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error) || return 1
  cp tests/browser/package-lock.json tests/browser/node_modules/.installed
}

have npm || skip "node and npm are missing: install Node.js 20 or newer to run the browser's tests"
chromium_there || install_chromium || skip "chromium is missing and could not be installed: apt-get install chromium"
install_playwright || skip "playwright-core could not be installed: npm ci in tests/browser"

build() { [ -n "${FANIN_BIN:-}" ] || cargo build --quiet --locked "$@" -p fanin-cli --bin fanin; }

case "${1:-}" in
  bench)
    build --release --no-default-features
    FANIN_BIN="${FANIN_BIN:-${CARGO_TARGET_DIR:-target}/release/fanin}" node tests/browser/bench.mjs
    ;;
  screenshots)
    build
    node tests/browser/screenshots.mjs "${2:-docs/dashboard}"
    ;;
  "" | --built)
    [ "${1:-}" = --built ] || build
    # The runner's own words, and then the line that the total is made of.
    status=0
    node --test --test-concurrency=1 --test-timeout=300000 tests/browser/*.test.mjs 2>&1 | awk '
      { print }
      /^(#|ℹ) pass / { passed = $3 }
      /^(#|ℹ) (fail|cancelled) / { failed += $3 }
      END { printf "%d passed, %d failed\n", passed, failed }' || status=$?
    exit "$status"
    ;;
  *) die "test-browser.sh knows --built, screenshots and bench, not $1" ;;
esac
