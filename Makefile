# make help lists the targets; make check is what CI runs.

include tools.env

SHELL       := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

GO            ?= go
TOOLS         ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/parley-tools
GOLANGCI_LINT := $(TOOLS)/golangci-lint-$(GOLANGCI_LINT_VERSION)

FUZZTIME       ?= 10s
# Without a bound, the search for a smaller input may be cut off by the end of
# FUZZTIME and then count as a failure.
MINIMIZETIME   ?= 100x
BENCHTIME      ?= 1s
BENCH_SECONDS  ?= 10
CRASH_SECONDS  ?= 300
FAULTS_SECONDS ?= 600
SOAK_CLIENTS   ?= 2000
SOAK_SECONDS   ?= 120

.PHONY: help build test race check lint vet fmt fmt-check generate generate-check fuzz bench bench-clients bench-cluster crash crash-short faults faults-short soak tools

help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-15s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

build: ## Build ./parley, one static binary.
	CGO_ENABLED=0 $(GO) build -trimpath -o parley ./cmd/parley

test: ## Run the tests.
	$(GO) test ./...

race: ## Run the tests with the race detector, which needs a C compiler.
	$(GO) test -race ./...

check: fmt-check lint vet build generate-check race ## All that a change must pass.

lint: $(GOLANGCI_LINT) ## Run the linters of .golangci.yml.
	$(GOLANGCI_LINT) run ./...

vet: ## Run go vet.
	$(GO) vet ./...

fmt: $(GOLANGCI_LINT) ## Format: gofumpt and import order.
	$(GOLANGCI_LINT) fmt ./...

fmt-check: $(GOLANGCI_LINT) ## Fail if fmt would change a file.
	$(GOLANGCI_LINT) fmt --diff ./...

generate: ## Make generated files anew.
	$(GO) generate ./...

# The working tree may hold changes, so what counts is its state before and after.
tree := { git diff; git ls-files --others --exclude-standard; } | git hash-object --stdin

generate-check: ## Fail if generate would change a file.
	before=$$($(tree)); \
	$(GO) generate ./...; \
	test "$$before" = "$$($(tree))" || { git status --short; git diff --exit-code; exit 1; }

fuzz: ## Fuzz each target for FUZZTIME, 10s by default.
	@$(GO) test -list '^Fuzz' ./... | \
	awk '/^Fuzz/ { targets[++n] = $$1 } /^ok/ { for (i = 1; i <= n; i++) print $$2, targets[i]; n = 0 }' | \
	while read -r package target; do \
		echo "fuzz $$package $$target"; \
		$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime $(MINIMIZETIME) "$$package" </dev/null; \
	done

bench: ## Run the benchmarks for BENCHTIME each, 1s by default.
	$(GO) test -run '^$$' -bench . -benchmem -benchtime $(BENCHTIME) ./...

bench_clients := $(GO) test -run '^$$' -timeout 30m ./e2e

bench-clients: ## Measure the server with thousands of clients; a few minutes on a quiet machine.
	PARLEY_BENCH_CLIENTS=10000 PARLEY_BENCH_SECONDS=30 $(bench_clients) -bench IdleClients -benchtime 1x
	PARLEY_BENCH_CLIENTS=1000 $(bench_clients) -bench GroupFanout -benchtime 1000x
	PARLEY_BENCH_CLIENTS=10000 PARLEY_BENCH_SECONDS=10 $(bench_clients) -bench ChatRoom -benchtime 1x
	PARLEY_BENCH_CLIENTS=2000 $(bench_clients) -bench LoginStorm -benchtime 1x

bench-cluster: ## Compare SQLite, PostgreSQL and three nodes on it; BENCH_SECONDS, 10 by default, for each phase.
	PARLEY_BENCH_SECONDS=$(BENCH_SECONDS) $(GO) test -run '^$$' -timeout 30m -bench Cluster -benchtime 1x ./internal/bench

crash: ## Kill the server under load for CRASH_SECONDS, 300 by default, and look for what is lost.
	PARLEY_CRASH_SECONDS=$(CRASH_SECONDS) $(GO) test -count=1 -v -timeout 1h -run TestCrash ./e2e

crash-short: ## The same for 20 seconds.
	$(MAKE) crash CRASH_SECONDS=20

faults: ## Kill, pause and cut off what a cluster is made of for FAULTS_SECONDS, 600 by default, and look for what is lost.
	PARLEY_FAULTS_SECONDS=$(FAULTS_SECONDS) $(GO) test -count=1 -v -timeout 24h -run TestClusterFaults ./e2e

faults-short: ## The same with each kind of fault once.
	$(MAKE) faults FAULTS_SECONDS=1

soak: ## Let SOAK_CLIENTS clients come and go for SOAK_SECONDS, and look for what one did not see.
	PARLEY_SOAK_CLIENTS=$(SOAK_CLIENTS) PARLEY_SOAK_SECONDS=$(SOAK_SECONDS) $(GO) test -count=1 -v -timeout 1h -run TestSoak ./e2e

tools: $(GOLANGCI_LINT) ## Install the tools that tools.env pins.

$(GOLANGCI_LINT):
	GOBIN=$(TOOLS)/bin $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT_VERSION)
	mv $(TOOLS)/bin/golangci-lint $@
