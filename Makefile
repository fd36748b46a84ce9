# Skolnav's commands. `make` alone lists them.

.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory

UV_VERSION := 0.13.9
# Newest first. All that a machine must have is one of these and make.
PYTHONS := python3.14 python3.13 python3.12 python3.11 python3
UV := .tools/bin/uv
BIN := .venv/bin
READY := .venv/.skolnav-ready
# uv must use the Python found here and never fetch one of its own.
export UV_PYTHON_DOWNLOADS := never

.PHONY: help setup demo serve test check format migrate openapi bench bench-quick audit lock clean

help: ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: $(READY) ## Prepare .venv from the lock (needs Python >= 3.11 and nothing else)

demo: $(READY) ## Start a service with a made-up city in it, and print a request that works
	@$(BIN)/skolnav demo $(ARGS)

serve: $(READY) ## Start the service as the environment configures it
	@$(BIN)/skolnav serve $(ARGS)

# Three at a time on two cores: a third of the suite is waiting for servers to start and to end.
test: $(READY) ## Run the tests (ARGS='tests/auth -k revoked' for some of them)
	@$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(READY) ## Style, types, the rooms' imports, the committed OpenAPI documents, the Dockerfile
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/skolnav openapi --check
	@if [[ -x $(BIN)/hadolint ]]; then $(BIN)/hadolint Dockerfile; \
	else echo "The Dockerfile was not linted: hadolint is installed on Linux on x86-64 only."; fi

format: $(READY) ## Put the code in the project's format
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

migrate: $(READY) ## Bring the database to the newest schema
	@$(BIN)/skolnav migrate

openapi: $(READY) ## Write the OpenAPI documents anew
	@$(BIN)/skolnav openapi

bench: $(READY) ## Measure everything and write docs/performance.md
	@$(BIN)/python -m benchmarks $(ARGS)

bench-quick: $(READY) ## Measure the main ratios in under 45 s
	@$(BIN)/python -m benchmarks --quick $(ARGS)

audit: $(READY) ## Look for known vulnerabilities in what production installs (needs the network)
	@$(BIN)/pip-audit --require-hashes --disable-pip -r requirements-prod.lock

# The versions already locked are kept where they still fit; ARGS=--upgrade takes the newest.
COMPILE = $(UV) pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --quiet $(ARGS)

lock: $(UV) ## Pin the dependencies of pyproject.toml anew (ARGS=--upgrade for newer ones)
	@$(COMPILE) --group dev -o requirements.lock
	@$(COMPILE) -c requirements.lock --no-annotate -o requirements-prod.lock

clean: ## Remove what the commands above made, the demo's data included
	@rm -rf .venv .tools .demo .bench .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@rm -rf .coverage .coverage.* dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Finds the newest Python that is new enough; prints its path.
FIND_PYTHON = for name in $(PYTHONS); do \
		if command -v $$name >/dev/null && \
		   $$name -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
		then $$name -c 'import sys; print(sys.executable)'; exit 0; fi; \
	done; \
	echo 'Skolnav needs Python 3.11 or newer with the venv module, and found none.' >&2; \
	echo 'Install one (on Debian and Ubuntu: python3 and python3-venv) and try again.' >&2; \
	exit 1

# `uv --version` prints "uv X.Y.Z (…)"; a .tools with another version is made anew.
$(UV): Makefile
	@if [[ "$$($(UV) --version 2>/dev/null)" != "uv $(UV_VERSION)"* ]]; then \
		python=$$($(FIND_PYTHON)); \
		echo "Making .tools with uv $(UV_VERSION)"; \
		"$$python" -m venv --clear .tools; \
		.tools/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION); \
	fi
	@touch $(UV)

$(READY): requirements.lock pyproject.toml $(UV)
	@if ! $(BIN)/python -c '' 2>/dev/null; then \
		python=$$($(FIND_PYTHON)); \
		echo "Making .venv with $$python"; \
		$(UV) venv --quiet --clear --python "$$python" .venv; \
	fi
	@$(UV) pip sync --quiet --require-hashes requirements.lock
	@$(UV) pip install --quiet --no-deps --no-build-isolation -e .
	@touch $(READY)
