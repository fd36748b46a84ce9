# Everything a developer, a CI run or an administrator starts. `make` alone lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

UV_VERSION := 0.13.9
UV := .tools/bin/uv
BIN := .venv/bin
# The Python of this machine is used; none is ever downloaded.
export UV_PYTHON_DOWNLOADS := never
COMPILE := $(UV) pip compile pyproject.toml --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-header --quiet
# Passed on to the command of the target: make test ARGS="-k paging"
ARGS ?=

.PHONY: help setup demo serve migrate test coverage check format openapi bench bench-quick \
	audit lint-docker lock clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort \
		| awk -F ':.*## ' '{ printf "  %-12s %s\n", $$1, $$2 }'

setup: .venv/installed ## Prepare .venv (needs Python 3.11 or newer, nothing else)

.tools/uv-$(UV_VERSION):
	@python=""; for candidate in python3.14 python3.13 python3.12 python3.11 python3; do \
		if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			python=$$candidate; break; fi; done; \
	if [ -z "$$python" ]; then \
		echo "Skolnav needs Python 3.11 or newer, and none was found on the PATH." >&2; \
		echo "Install one (Debian, Ubuntu: apt-get install python3 python3-venv) and try again." >&2; \
		exit 1; fi; \
	if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
		echo "$$python cannot make virtual environments: its module ensurepip is missing." >&2; \
		echo "Install it (Debian, Ubuntu: apt-get install python3-venv) and try again." >&2; \
		exit 1; fi; \
	echo "Using $$("$$python" --version) ($$(command -v "$$python"))"; \
	rm -rf .tools; "$$python" -m venv .tools; \
	.tools/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

.venv/installed: .tools/uv-$(UV_VERSION) requirements.lock pyproject.toml
	@$(BIN)/python -c '' 2>/dev/null || $(UV) venv --quiet --clear --python .tools/bin/python .venv
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@
	@echo "Ready: $(BIN)/skolnav"

demo: setup ## A running service with a made-up city, credentials and a request to try
	$(BIN)/skolnav demo $(ARGS)

serve: setup ## The service with the configuration of the environment
	$(BIN)/skolnav serve $(ARGS)

migrate: setup ## Bring the database of DATABASE_URL to the newest schema
	$(BIN)/skolnav migrate $(ARGS)

test: setup ## All tests, on the embedded PostgreSQL (ARGS="tests/queries -x")
	$(BIN)/pytest -n 2 --dist loadfile $(ARGS)

coverage: setup ## All tests, with branch coverage of app/
	$(BIN)/pytest -n 2 --dist loadfile --cov --cov-report=term-missing $(ARGS)

check: setup ## Style, types, rooms and the committed OpenAPI documents
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/skolnav openapi --check

format: setup ## Put imports and layout in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

openapi: setup ## Write openapi/*.json anew
	$(BIN)/skolnav openapi $(ARGS)

bench: setup ## All measurements of docs/performance.md (long)
	$(BIN)/python -m benchmarks $(ARGS)

bench-quick: setup ## The main ratios in under 45 seconds
	$(BIN)/python -m benchmarks --quick $(ARGS)

audit: setup ## Known vulnerabilities in the locked packages (asks the network)
	$(BIN)/pip-audit --disable-pip --require-hashes -r requirements.lock

lint-docker: setup ## The rules of tests/test_deploy.py for Dockerfile, compose.yaml and proxy
	$(BIN)/pytest tests/test_deploy.py $(ARGS)

lock: .tools/uv-$(UV_VERSION) ## Renew both locks (ARGS="--upgrade" for newer versions)
	$(COMPILE) --group dev -o requirements.lock $(ARGS)
	$(COMPILE) --constraints requirements.lock -o requirements-prod.lock

clean: ## Remove what the other targets made
	rm -rf .venv .tools .demo dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache \
		.hypothesis .coverage .coverage.*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
