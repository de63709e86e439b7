#!/usr/bin/env bash
# Licences, banned packages and sources need no network beyond the packages themselves. `deny.sh advisories` also asks
# the advisory database, which is fetched from its own server.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

cargo deny --version >/dev/null 2>&1 || die "cargo-deny is missing: make setup"
cargo deny --locked check --hide-inclusion-graph bans licenses sources
if [ "${1:-}" = advisories ]; then
  cargo deny --locked check advisories \
    || die "advisories: see above. Where the advisory database cannot be fetched, this check cannot be made"
else
  say "advisories were not checked: they need the network, make deny asks for them"
fi
