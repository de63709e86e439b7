# Every target is a line or a script of infra/scripts. `make` alone explains them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup run test test-aws test-aws-long test-localstack fmt lint doc deny bench bench-patterns bench-instructions bench-browser test-browser crash fuzz soak sim clean

ROUNDS ?= 100
SEEDS ?= 20000
MINUTES ?= 3
TARGET ?= all
SECONDS ?= 60
export PATH := $(CURDIR)/.tools/bin:$(PATH)

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-20s %s\n", $$1, $$2 }' Makefile

setup: ## Install what is missing, by pinned versions, into .tools (repeatable)
	@infra/scripts/setup.sh

run: ## Build fanin and play the uploads example from start to finish
	@infra/scripts/run-example.sh

test: ## Everything CI checks: format, lints, build, tests, scenarios, dependencies
	@infra/scripts/test.sh

test-aws: ## Only the AWS host: our double of AWS, and an emulator, without Docker (part of make test)
	@infra/scripts/test-aws.sh

test-aws-long: ## Faults over 10,000 joins, costs up to a million events on one key
	@infra/scripts/test-aws.sh long

test-localstack: ## Deploy into a LocalStack-compatible container (FANIN_EMULATOR_IMAGE, FANIN_EMULATOR_TAG=4.14.0 for LocalStack itself, LOCALSTACK_AUTH_TOKEN)
	@infra/scripts/test-aws.sh container

test-browser: ## Only the dashboard, in a real headless Chromium (part of make test)
	@infra/scripts/test-browser.sh

fmt: ## Format the sources
	cargo fmt --all

lint: ## Clippy, and shellcheck where it is installed
	@infra/scripts/lint.sh

doc: ## Build the API documentation; broken links are errors
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked

deny: ## Check licences, bans, sources and (over the network) advisories
	@infra/scripts/deny.sh advisories

bench: ## Run the benches
	cargo bench --locked -p fanin-tests

bench-patterns: ## Matching beside quamina, parsers and a memory scan (about half an hour; ARGS="--kind exact" for a part)
	cargo run --locked --release -p fanin-event-bench --bin bench-patterns -- $(ARGS)

bench-browser: ## The dashboard under 10,000 events a second: frames, and what a look costs the host
	@infra/scripts/test-browser.sh bench

bench-instructions: ## Count matching's instructions under valgrind; fails when one has moved by 5 % (FANIN_REWRITE=1 rewrites the table)
	@infra/scripts/bench-instructions.sh

sim: ## Run the simulation, from where it stopped: make sim SEEDS=n (FANIN_SEED=n replays one)
	cargo run --locked --release -p fanin-tests-protocol --bin sim -- --seeds $(SEEDS) --resume target/sim-clean-before

crash: ## Kill and recover the host again and again: make crash ROUNDS=n
	cargo run --locked --release -p fanin-tests --bin crash -- --rounds $(ROUNDS)

soak: ## Producers faster than the host can go, with kills: make soak MINUTES=n
	cargo run --locked --release -p fanin-tests --bin soak -- --seconds $$(($(MINUTES) * 60))

fuzz: ## Fuzz with a nightly compiler: make fuzz TARGET=workflow_yaml SECONDS=60, or all of them in turn
	@infra/scripts/fuzz.sh $(TARGET) $(SECONDS)

clean: ## Remove what was built and what the examples left
	cargo clean
	rm -rf .fanin examples/*/.fanin
