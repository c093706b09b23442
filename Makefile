# Everything a person or CI runs has a name here. Each target works on a fresh clone: it makes the virtual environment it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
JOBS ?= auto

.PHONY: help demo test lint format types layers units test-deep bench generate lock clean
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,agentcore,http,postgresql,server,smt]'
	@touch $@

demo: $(READY) ## check, test, diff, plan, apply, drift, on real policies in a scratch repository
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh docs/demo.sh

test: lint types layers units ## everything CI runs

lint: $(READY) ## ruff
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --check --quiet .

format: $(READY) ## rewrite the code in the house style
	$(BIN)/ruff check --quiet --fix .
	$(BIN)/ruff format --quiet .

types: $(READY) ## mypy --strict
	$(BIN)/mypy

layers: $(READY) ## an import goes downward only
	$(BIN)/lint-imports

units: $(READY) ## the test suite
	$(BIN)/pytest -n $(JOBS) -m 'not deep and not bench'

test-deep: $(READY) ## the long searches too
	$(BIN)/pytest -n $(JOBS) -m 'not bench'

bench: $(READY) ## whole-process timings beside a floor of the same run
	PYTHONPATH=tests $(BIN)/python -m bench.run

generate: $(READY) ## schemas/documents and docs/rules, from the code
	$(BIN)/python -m bylaw.cli.generate

lock: ## pin what a fresh install resolves to
	rm -rf build/lock && $(PYTHON) -m venv build/lock
	build/lock/bin/pip install --quiet -e '.[dev,agentcore,http,postgresql,server,smt]'
	build/lock/bin/pip freeze --exclude-editable --exclude bylaw > constraints.txt

clean: ## remove what the targets made
	rm -rf $(VENV) build .bylaw .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
