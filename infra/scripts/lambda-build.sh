#!/usr/bin/env bash
# Builds the three functions with cargo-lambda, as they are deployed, and says how large their archives are (docs/aws-size.md).
#   infra/scripts/lambda-build.sh [--arm64 | --x86-64]   by default for this machine's processor
#   infra/scripts/lambda-build.sh --test                 for tests: in minutes, larger, into target/functions
# The result: target/lambda/NAME/bootstrap and bootstrap.zip. An archive of more than three million bytes is an error, and so
# is a program that wants a newer C library than the platform has.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

MAX_ZIP_BYTES=3000000
# Of provided.al2023.
PLATFORM_GLIBC=2.34

have cargo-lambda || die "cargo-lambda is missing: infra/scripts/setup.sh installs it"
case "$(uname -m)" in
  aarch64 | arm64) native=--arm64 ;;
  *) native=--x86-64 ;;
esac
if [ "${1:-}" = --test ]; then
  exec cargo lambda build --locked -p fanin-lambda --profile function-test "$native" --output-format zip --lambda-dir target/functions
fi
# Matching goes with AVX2 or with what each processor has. Where size is all that counts the compiler does not see that other
# generations of vector instructions are never taken, and each of them is 6 KB of an archive.
export RUSTFLAGS="${RUSTFLAGS:-} --cfg disable_dispatch_avx512 --cfg disable_dispatch_sse4_2"
architecture="${1:-$native}"
built="${CARGO_TARGET_DIR:-target}/lambda"
for format in zip binary; do
  cargo lambda build --locked -p fanin-lambda --profile function "$architecture" --output-format "$format"
done
large=()
for function in condition-engine rule-engine timers; do
  bytes=$(stat -c %s "$built/$function/bootstrap.zip")
  say "$function: $bytes bytes zipped, $(stat -c %s "$built/$function/bootstrap") unpacked"
  [ "$bytes" -le "$MAX_ZIP_BYTES" ] || large+=("$function")
  wants=$(grep -aoE 'GLIBC_2\.[0-9]+' "$built/$function/bootstrap" | cut -d_ -f2 | sort -V | tail -n 1)
  [ "$(printf '%s\n' "$wants" "$PLATFORM_GLIBC" | sort -V | tail -n 1)" = "$PLATFORM_GLIBC" ] \
    || die "$function wants glibc $wants and the platform has $PLATFORM_GLIBC: build it on a system that is not newer"
done
[ ${#large[@]} -eq 0 ] || die "larger than $MAX_ZIP_BYTES bytes: ${large[*]}"
