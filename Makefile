# `make` or `make help` lists what there is. Everything sets itself up: a Python, make and a package index are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv

.DEFAULT_GOAL := help
.PHONY: help try check test trust explore browser bench fix lock clean

help:  ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Frontdesk needs Python 3.11 or newer: make PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

# Hashes are enforced; the package itself is linked, not copied, and built with the pinned builder.
$(VENV)/.run: $(UV) requirements.lock pyproject.toml
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.lock
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.lock
	@touch $@

try: $(VENV)/.run  ## See the bot at work in your browser, without Slack or a key
	@$(BIN)/frontdesk try $(ARGS)

check: $(VENV)/.dev  ## Lint, types, who-imports-whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: $(VENV)/.dev  ## Units, contracts, stories, architecture, migrations
	$(BIN)/pytest -q -n 2 --dist worksteal --ignore tests/browser --ignore tests/trust

trust: $(VENV)/.dev  ## What the README guarantees, under fire: kills, power cuts, floods, forgeries
	$(BIN)/pytest -q -n 2 --dist worksteal tests/trust

explore: $(VENV)/.dev  ## The properties again, on examples nobody has tried yet
	FRONTDESK_EXPLORE=1 $(BIN)/pytest -q -n 2 --ignore tests/browser tests/unit

browser: $(VENV)/.dev  ## The same stories in a real Chromium
	$(BIN)/pytest -q tests/browser

bench: $(VENV)/.dev  ## Speed and scale against their targets, as a table and bench.json; ONLY=ingest,start for some
	$(BIN)/python -m tests.benchmarks $(if $(ONLY),--only $(ONLY)) $(ARGS)

fix: $(VENV)/.dev  ## Let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(UV)  ## Renew requirements.lock and requirements-dev.lock
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --group build pyproject.toml -o requirements.lock
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --group dev -c requirements.lock pyproject.toml -o requirements-dev.lock

clean:  ## Remove what was set up, keep what was written
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
