#!/usr/bin/env bash
# Fuzzes one target, or each in turn: fuzz.sh TARGET|all SECONDS. The targets are those of tests/fuzz, and `pattern`, which is that of
# event/fuzz. It needs cargo-fuzz, which it installs, and a nightly compiler; the project's build and tests need neither.
#
# What was found interesting is left in tests/fuzz/fuzz/corpus, what failed in the artifacts beside it: put the latter into
# tests/fuzz/corpus/TARGET (event/fuzz/corpus/differential for `pattern`), where it is an ordinary test. A finding does not keep the
# other targets from running; the last lines say what each has come to.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

CARGO_FUZZ_VERSION=0.13.2
[ $# -eq 2 ] || die "usage: fuzz.sh TARGET|all SECONDS"
{ have rustup && rustup toolchain list | grep -q '^nightly'; } || die "a nightly compiler is missing: rustup toolchain install nightly"
if ! have cargo-fuzz; then
  say "building cargo-fuzz $CARGO_FUZZ_VERSION, which takes some minutes, once"
  cargo install --quiet --locked --version "$CARGO_FUZZ_VERSION" --root .tools cargo-fuzz || die "cargo-fuzz could not be installed"
fi

mapfile -t known < <(echo pattern && cd tests/fuzz/corpus && printf '%s\n' *)
targets=("$1")
[ "$1" != all ] || targets=("${known[@]}")
[[ " ${known[*]} " == *" ${targets[0]} "* ]] || die "there is no target $1; there are: ${known[*]}"

# The stored files of a target are written thousands of times a second, and one synced to a disk only now and then.
files=$(mktemp -d "$([ -w /dev/shm ] && echo /dev/shm || echo "${TMPDIR:-/tmp}")/fanin-fuzz.XXXXXX")
trap 'rm -rf "$files"' EXIT
say "$(rustc +nightly --version)"
table=()
failed=0

# Fuzzes target $1, the program $3 of the package in $2 whose kept inputs lie in $4.
fuzz() {
  local target=$1 package=$2 program=$3 kept=$4 found="$ROOT/tests/fuzz/fuzz/corpus/$1" log="$files/$1.log" said=clean
  mkdir -p "$found" "$files/$target"
  cd "$ROOT/$package"
  # The same versions as everywhere else.
  [ -e fuzz/Cargo.lock ] || cp "$ROOT/Cargo.lock" fuzz/Cargo.lock
  # The project has no unsafe code: without a sanitizer the same time is worth several times the executions.
  cargo +nightly fuzz build --sanitizer none "$program"
  say "$target, $seconds s"
  TMPDIR="$files/$target" cargo +nightly fuzz run --sanitizer none "$program" "$found" "$ROOT/$kept" -- \
    -max_total_time="$seconds" -max_len=16384 -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 2>&1 | tee "$log" || said=FOUND
  rm -rf "${files:?}/$target"
  [ "$said" = clean ] || failed=1
  table+=("$(printf '%-17s %12s executions %9s a second  %s' "$target" "$(stat_of number_of_executed_units "$log")" \
    "$(stat_of average_exec_per_sec "$log")" "$said")")
}

stat_of() { sed -n "s/^stat::$1: *//p" "$2" | tail -1; }

seconds=$2
for target in "${targets[@]}"; do
  case $target in
    pattern) fuzz pattern event differential event/fuzz/corpus/differential ;;
    *) fuzz "$target" tests/fuzz "$target" "tests/fuzz/corpus/$target" ;;
  esac
done
printf '%s\n' "${table[@]}"
[ "$failed" -eq 0 ] || die "something was found: look at tests/fuzz/fuzz/artifacts and event/fuzz/artifacts"
