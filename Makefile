# The commands of this repository. Each does its own set-up; `make` alone lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# `make run` and `make demo` build with this profile: optimised enough to feel quick, in a third of a release's time.
PROFILE ?= quick
BIN := target/$(PROFILE)/countersign
# The counts of property, load and fault tests. `make soak` raises them to the numbers that the issues name.
export PROPTEST_CASES ?= 64
# A usual run walks the same random histories each time, so that a change is judged by the change; `make soak` walks new ones.
export PROPTEST_RNG_SEED ?= 20240822
# Twice the cores: half of what a journey does is waiting for other programs.
export RUST_TEST_THREADS ?= $(shell echo $$(( 2 * $$(nproc) )))
# The profile that the Rust tests are built with; `make soak` takes one that is slower to build and quicker to run.
TEST_PROFILE ?= test
# Where random tests begin. A soak prints it; the same number walks the same way again.
SEED := $(or $(SEED),$(shell od -An -N4 -tu4 /dev/urandom | tr -d ' '))

FRONTEND_SOURCES := $(shell find frontend/src frontend/static -type f 2>/dev/null) \
	$(wildcard frontend/*.ts frontend/*.js frontend/*.json)

.PHONY: help run demo replay test check schema attack bench soak build e2e fmt clean

help: ## This list.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

run: build ## Build and start Countersign here: page on 127.0.0.1:8080, SMTP on 127.0.0.1:2525, data in ./data.
	$(BIN) serve --local $(ARGS)

demo: build ## The same server with a dozen realistic notices in every state, data in ./demo-data.
	node scripts/demo.mjs $(BIN)

replay: build ## The outage of 22 August 2024 again, on a clock of its own: as it went, and as it goes when they act.
	$(BIN) replay $(ARGS)

build: frontend/build/index.html ## The page and the server.
	cargo build --profile $(PROFILE) --locked

check: frontend/node_modules/.package-lock.json ## Format, clippy, types, lint, licences, known weaknesses.
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	cd frontend && npm run --silent format:check && npm run --silent lint && npm run --silent check
	scripts/licences.sh
	scripts/advisories.sh

test: frontend/build/index.html ## Every kind of test, at reduced counts.
	scripts/install-test-services.sh
	cargo test --workspace --locked --profile $(TEST_PROFILE)
	cd frontend && npm run --silent test
	$(MAKE) --no-print-directory e2e

# With a test beside it the program is built with the features that the tests give its dependencies: it is theirs, built already.
e2e: frontend/build/index.html ## The demo, each page looked at, and the main job driven through the real binary in a browser.
	cargo build --workspace --locked --bins --test architecture
	node scripts/demo.mjs target/debug/countersign target/demo-data --once
	cd frontend && COUNTERSIGN_BIN=$(CURDIR)/target/debug/countersign npm run --silent e2e

soak: ## The same tests at full counts. Prints seed and counts.
	@echo "soak: 10000 cases of each property, seed $(SEED)"
	PROPTEST_CASES=10000 PROPTEST_RNG_SEED=$(SEED) COUNTERSIGN_SOAK=1 RUST_TEST_NOCAPTURE=1 \
		$(MAKE) --no-print-directory test TEST_PROFILE=soak

attack: ## Ask the API what no page would ask, as each role (schemathesis). Fails on a 5xx and on an undocumented answer.
	cargo build --locked
	scripts/attack-api.sh target/debug/countersign

bench: ## Speed, each beside its reference in the same run.
	cargo bench --locked --bench reading
	scripts/install-test-services.sh
	cargo bench --locked --bench intake
	cargo bench --locked --bench outbox

schema: ## Write the OpenAPI document and the page's types made from it.
	cargo run --locked --quiet -- openapi > frontend/openapi.json
	cd frontend && npm run --silent schema

fmt: ## Format everything.
	cargo fmt --all
	cd frontend && npm run --silent format

clean: ## Remove what was built; data stays.
	rm -rf target frontend/build frontend/.svelte-kit frontend/node_modules

frontend/node_modules/.package-lock.json: frontend/package-lock.json
	scripts/need.sh node npm cargo
	cd frontend && npm ci --no-audit --no-fund
	touch $@

frontend/build/index.html: frontend/node_modules/.package-lock.json $(FRONTEND_SOURCES)
	cd frontend && npm run --silent build
	touch $@
