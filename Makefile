# `make run`: the product, from a fresh clone. `make test`: everything. `make check`: before a commit.
SHELL := /bin/bash
.DEFAULT_GOAL := help
export CARGO_TARGET_DIR ?= $(HOME)/.cache/cellplane/target
export npm_config_cache ?= $(HOME)/.cache/cellplane/npm

.PHONY: help run clean-demo test fire stream bench check portal generate setup simulate rights

help: ## What can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

run: ## Build everything and start plane, agent and portal with a demo tenant
	@infra/demo/run.sh

clean-demo: ## Remove everything that `make run` made
	@infra/demo/clean.sh

portal: portal/dist/index.html ## Build the portal that is embedded in the plane

portal/dist/index.html: $(shell find portal/src portal/index.html portal/package-lock.json portal/vite.config.ts -type f 2>/dev/null)
	@infra/portal.sh

generate: ## Write the committed generated files again: schema, rights matrix, the portal's types
	@infra/generate.sh

setup: ## Install what the tests need (Debian packages)
	@infra/setup.sh test

check: ## Formatting, lints, tidy, unit tests, generated files: before every commit
	@infra/check.sh

# `make bench P4` measures one figure alone.
FIGURES := $(filter P1 P3 P4 P6 P8 S3 lists,$(MAKECMDGOALS))
.PHONY: $(FIGURES)
$(FIGURES): ; @:

bench: ## Speed and memory beside their references (`make bench P4`: one figure)
	@infra/bench.sh $(FIGURES)

test: ## Everything, from unit tests to the browser, with real databases and a real Redis
	@infra/test.sh

fire: ## kill -9 at every point of plane, agent, keeper and member, 20 seeds (two hours)
	@infra/fire.sh --seeds 20 --at-once 2

stream: ## kill -9 of plane and agent, 1,000 times, under a stream of usage (about five minutes)
	@infra/stream.sh --kills 1000

rights: ## Decisions of the index of rights beside Casbin's evaluator, DECISIONS=10000000 of them
	@cargo run -q --release -p policies --example oracle -- $(or $(DECISIONS),10000000)

simulate: ## The deterministic simulation, SEEDS=1000 of them; the trace of one that fails is kept
	@cargo run -q --release -p tests-simulation --bin simulate -- many --seeds $(or $(SEEDS),1000) --from $(or $(FROM),1)
