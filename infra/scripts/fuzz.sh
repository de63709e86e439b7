#!/usr/bin/env bash
# Fuzzes one target of tests/fuzz, or each in turn: fuzz.sh TARGET|all SECONDS. It needs cargo-fuzz, which it installs, and a
# nightly compiler; the project's build and tests need neither. What was found interesting is left in tests/fuzz/fuzz/corpus, what
# failed in tests/fuzz/fuzz/artifacts: put the latter into tests/fuzz/corpus/TARGET, where it is an ordinary test.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

CARGO_FUZZ_VERSION=0.13.2
[ $# -eq 2 ] || die "usage: fuzz.sh TARGET|all SECONDS"
{ have rustup && rustup toolchain list | grep -q '^nightly'; } || die "a nightly compiler is missing: rustup toolchain install nightly"
if ! have cargo-fuzz; then
  say "building cargo-fuzz $CARGO_FUZZ_VERSION, which takes some minutes, once"
  cargo install --quiet --locked --version "$CARGO_FUZZ_VERSION" --root .tools cargo-fuzz || die "cargo-fuzz could not be installed"
fi

cd tests/fuzz
targets=("$1")
[ "$1" != all ] || mapfile -t targets < <(cd corpus && printf '%s\n' *)
[ -d "corpus/${targets[0]}" ] || die "there is no target $1; there are: $(cd corpus && echo *)"
# The same versions as everywhere else.
[ -e fuzz/Cargo.lock ] || cp ../../Cargo.lock fuzz/Cargo.lock
say "$(rustc +nightly --version)"
# The project has no unsafe code: without a sanitizer the same time is worth several times the executions.
cargo +nightly fuzz build --sanitizer none
for target in "${targets[@]}"; do
  say "$target, $2 s"
  mkdir -p "fuzz/corpus/$target"
  cargo +nightly fuzz run --sanitizer none "$target" "fuzz/corpus/$target" "corpus/$target" -- \
    -max_total_time="$2" -max_len=16384 -timeout=20 -rss_limit_mb=2048 -print_final_stats=1
done
