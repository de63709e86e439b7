#!/usr/bin/env bash
# Builds the three functions as they are deployed, and says how large their archives are.
#   infra/scripts/lambda-build.sh [--arm64 | --x86-64]
# The result: target/lambda/NAME/bootstrap and bootstrap.zip. More than 3 MB in one archive is an error.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

MAX_ZIP_BYTES=$((3 * 1024 * 1024))

have cargo-lambda || die "cargo-lambda is missing: infra/scripts/setup.sh installs it"
architecture="${1:---x86-64}"
for format in zip binary; do
  cargo lambda build --locked -p fanin-lambda --profile function "$architecture" --output-format "$format"
done
large=()
for function in condition-engine rule-engine timers; do
  bytes=$(stat -c %s "target/lambda/$function/bootstrap.zip")
  say "$function: $bytes bytes zipped, $(stat -c %s "target/lambda/$function/bootstrap") unpacked"
  [ "$bytes" -le "$MAX_ZIP_BYTES" ] || large+=("$function")
done
[ ${#large[@]} -eq 0 ] || die "larger than $MAX_ZIP_BYTES bytes: ${large[*]}"
