# `make compare` answers the first question; `make test` is what CI runs. Both build .venv when it is missing.

# The first interpreter that is new enough; override with `make PYTHON=/path/to/python`.
NEW_ENOUGH := -c 'import sys; sys.exit(sys.version_info < (3, 11))'
PYTHON ?= $(shell for p in python3.11 python3; do $$p $(NEW_ENOUGH) 2>/dev/null && { echo $$p; exit; }; done; echo python3)
BIN := .venv/bin
ARGS ?=

.PHONY: help env compare test lint docs bench lock clean

help:  ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

env: .venv/.installed  ## build .venv from requirements.lock, when it is missing or older

compare: env  ## compare the four policies on Liverpool City Region (ARGS="--seeds 20" passes options on)
	@$(BIN)/commonweal compare $(ARGS)

test: lint  ## all checks and all tests, as CI runs them (ARGS="-k ledger" passes options on)
	@$(BIN)/pytest -n auto $(ARGS)

lint: env  ## style, format, types and the arrows between the storeys
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

docs: env  ## build the documentation site, site/index.html, which opens from disk
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "Site in site/index.html"

bench: .venv/.yardsticks  ## time a month of the whole region beside yardsticks (ARGS="--quick" leaves out the long runs)
	@$(BIN)/commonweal bench $(ARGS)

LOCK := UV_CUSTOM_COMPILE_COMMAND="make lock" uv pip compile --universal --python-version 3.11 --fork-strategy fewest \
	--generate-hashes --no-annotate --quiet pyproject.toml --extra dev

lock:  ## write the lock files anew from pyproject.toml (needs uv)
	$(LOCK) -o requirements.lock
	$(LOCK) --extra bench --constraints requirements.lock -o requirements-bench.lock

clean:  ## remove .venv and all caches; results stay
	rm -rf .venv build site *.egg-info .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Stamps are written last, so an install that was cut short is made anew from an empty folder.
.venv/.locked: requirements.lock
	@$(PYTHON) $(NEW_ENOUGH) 2>/dev/null || { \
		echo "Commonweal needs Python 3.11 or later: make PYTHON=/path/to/python3.11" >&2; exit 2; }
	@echo "Building .venv with $$($(PYTHON) -V) (a minute or two)"
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	@touch $@

.venv/.installed: .venv/.locked pyproject.toml
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	-@$(BIN)/python -m experiments.startup
	@touch $@

# Starsim, beside which a month is timed; nothing else needs it.
.venv/.yardsticks: .venv/.installed requirements-bench.lock
	@echo "Adding Starsim to .venv, to measure against"
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements-bench.lock
	@touch $@
