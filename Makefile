# The commands of the README. Python 3.11 or newer and make are all that is needed; the rest goes into .venv.

PYTHON ?= python3
CORPUS ?= data/sample
BIN := .venv/bin
INSTALLED := .venv/.installed

.PHONY: help run serve test soak lint diagram clean

help: ## list the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1	\2/' | expand -t 16

run: $(INSTALLED) ## the whole road, from raw data to a cited answer (CORPUS=path for another corpus)
	@$(BIN)/medassist run --corpus "$(CORPUS)" $(ARGS)

serve: $(INSTALLED) ## API and page from the last run, until Ctrl-C
	@$(BIN)/medassist serve $(ARGS)

test: lint ## everything: style, types, unit and integration tests, the notebooks
	@$(BIN)/python -m pytest $(ARGS)

soak: $(INSTALLED) ## the service under faults, fuzz and load, in full: half an hour, after `make run`
	@$(BIN)/python -m pytest --soak tests/test_faults.py tests/test_api_fuzz.py tests/test_properties.py $(ARGS)
	@$(BIN)/python benchmarks/service_load.py

lint: $(INSTALLED) ## style and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

diagram: ## render the architecture (needs Graphviz)
	dot -Tsvg docs/architecture.dot -o docs/img/architecture.svg

clean: ## remove what runs have made (not .venv)
	rm -rf build

$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "medassist needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python3"; exit 1; }
	@echo "Installing into .venv: some minutes and 3 GB, once."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[dev]"
	@touch $@
