# The ways to use this repository; `make help` lists them. Each installs what it lacks first.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run test test-aws check bench setup-run setup-test setup-aws setup-checks \
        setup-fixtures setup-manifests setup-bench format lint docs dependencies advisories spelling scripts rules fixtures \
        manifests

CARGO_FLAGS := --locked
VOUCH := target/release/vouch
# `make test NEXTEST_PROFILE=ci` as .ci/run does; see .config/nextest.toml.
NEXTEST_PROFILE ?= default
ADVISORIES := https://github.com/rustsec/advisory-db

help: ## Say what there is to make
	@sed -nE 's/^([a-z-]+):.*## (.*)/make \1\t\2/p' Makefile | expand -t 16

run: setup-run ## Submit the fixtures to an embedded queue, work it empty, and show what became of each
	cargo build --release $(CARGO_FLAGS)
	@data=$$(mktemp -d); trap 'rm -rf "$$data"' EXIT; \
	find fixtures -name submission.json -print0 | sort -z | xargs -0 $(VOUCH) submit --data "$$data" >/dev/null; \
	$(VOUCH) work --data "$$data" --until-empty; \
	$(VOUCH) verdicts --data "$$data"

# The crate `aws` is left out: its SDK takes minutes to build.
test: setup-test ## Run every test but those of the crate aws
	@if cargo nextest --version >/dev/null 2>&1; then \
	    cargo nextest run --workspace --exclude aws $(CARGO_FLAGS) --profile $(NEXTEST_PROFILE); \
	else \
	    echo "skipped: limits on the time of a test, because cargo-nextest is not there"; \
	    cargo test --workspace --exclude aws $(CARGO_FLAGS) --all-targets; \
	fi

test-aws: setup-aws ## Run the tests of the crate aws, and of the program with it, against an emulator of SQS and S3
	@command -v s3s-fs >/dev/null || \
	    echo "skipped: whether signatures are right, because scripts/setup signatures was not run"
	@if cargo nextest --version >/dev/null 2>&1; then \
	    cargo nextest run --package aws --package vouch --features vouch/aws $(CARGO_FLAGS) \
	        --profile $(NEXTEST_PROFILE) --filterset 'package(aws) | test(/^remote::/)'; \
	else \
	    echo "skipped: limits on the time of a test of aws, because cargo-nextest is not there"; \
	    cargo test --package aws $(CARGO_FLAGS) --all-targets && \
	        cargo test --features aws $(CARGO_FLAGS) --test it remote::; \
	fi

check: setup-checks format lint docs dependencies advisories spelling scripts rules fixtures manifests ## Run every check that is no test

bench: setup-bench setup-fixtures ## Measure time per stage, and throughput beside other readers
	cargo build --release $(CARGO_FLAGS)
	benches/throughput.py
	.venv/bin/python benches/mixed.py

format:
	cargo fmt --all --check

# vouch is looked at twice, without and with the crate aws.
lint:
	cargo clippy --workspace --exclude aws --all-targets $(CARGO_FLAGS) -- -D warnings
	cargo clippy --package aws --package vouch --features vouch/aws --all-targets $(CARGO_FLAGS) -- -D warnings
	cargo check --manifest-path fuzz/Cargo.toml --target-dir target --bins $(CARGO_FLAGS)

docs:
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --features vouch/aws --no-deps --document-private-items $(CARGO_FLAGS)

dependencies:
	cargo deny $(CARGO_FLAGS) check --hide-inclusion-graph bans licenses sources

# The database of known faults comes from elsewhere than the crates.
advisories:
	@if curl -fsS -m 20 -o /dev/null '$(ADVISORIES)/info/refs?service=git-upload-pack' 2>/dev/null; then \
	    cargo deny $(CARGO_FLAGS) check --hide-inclusion-graph advisories; \
	else \
	    echo "skipped: advisories, because $(ADVISORIES) cannot be reached"; \
	fi

spelling:
	.venv/bin/typos

scripts:
	shellcheck .ci/run fuzz/run $$(grep -lE '^#!.*sh$$' scripts/*)

# The tests build the program, so that it is there in debug mode.
rules:
	cargo build $(CARGO_FLAGS)
	target/debug/vouch rules check
	target/debug/vouch rules test

# The committed fixtures are what the generator draws, byte for byte.
fixtures: setup-fixtures
	.venv/bin/python fixtures/generator/generate.py --check >/dev/null

# Everything under deploy/, without a cluster or an account; then whether those checks can fail.
manifests: setup-manifests
	.venv/bin/python deploy/check/check.py
	.venv/bin/python deploy/check/test_check.py

setup-run setup-test setup-aws setup-checks setup-fixtures setup-manifests setup-bench:
	@scripts/setup $(@:setup-%=%)
