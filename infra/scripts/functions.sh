#!/usr/bin/env bash
# The three functions as archives for tests, from the development profile: built in a minute, larger than what is deployed
# (infra/scripts/lambda-build.sh builds that). The result: target/functions/NAME/bootstrap.zip.
# They are built together with the tests of the workspace, which is one build of the SDKs for both.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

if [ "${1:-}" != --built ]; then
  say "building the functions and the tests"
  if cargo nextest --version >/dev/null 2>&1; then
    cargo nextest run --workspace --locked --no-run
  else
    cargo test --workspace --locked --no-run --lib --bins --tests
  fi
fi
for function in condition-engine rule-engine timers; do
  mkdir -p "target/functions/$function"
  cp -f "target/debug/$function" "target/functions/$function/bootstrap"
  strip "target/functions/$function/bootstrap"
  python3 - "target/functions/$function" <<'PYTHON'
import sys, zipfile
# A fixed moment: the same code is the same archive.
folder = sys.argv[1]
info = zipfile.ZipInfo("bootstrap", (2020, 1, 1, 0, 0, 0))
info.external_attr = 0o755 << 16
with zipfile.ZipFile(f"{folder}/bootstrap.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
    archive.writestr(info, open(f"{folder}/bootstrap", "rb").read(), zipfile.ZIP_DEFLATED)
PYTHON
done
