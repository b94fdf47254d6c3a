# Everything a person does with the project; `make help` lists it.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
TORCH := torch==2.13.0
# Where to take torch's CPU build from, for machines whose package index would bring CUDA.
TORCH_INDEX ?=
export FOLLOWUP_HOME ?= $(CURDIR)/var
export HF_HUB_OFFLINE := 1
export TOKENIZERS_PARALLELISM := false

.PHONY: help setup check test soak fuzz serve ask ingest bench verifier golden pictures docs lock clean

help:  ## List what there is to do
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 10

setup: $(VENV)/.ready  ## Create the environment (TORCH_INDEX=URL takes torch from there)

$(VENV)/.ready: requirements.lock pyproject.toml
	@echo "Setting up the environment: a few minutes the first time" >&2
	$(PYTHON) -c 'import sys; assert sys.version_info[:2] == (3, 11), "Python 3.11 is needed: make setup PYTHON=/path/to/python3.11"'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) $(TORCH)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

$(FOLLOWUP_HOME)/index/CURRENT: | $(VENV)/.ready
	@echo "No index yet: building one from corpus/" >&2
	$(BIN)/followup ingest apply --source corpus >&2

ask: $(VENV)/.ready $(FOLLOWUP_HOME)/index/CURRENT  ## Ask a question: make ask Q="..."
	@test -n "$$Q" || { echo 'usage: make ask Q="What is the role of naltrexone for insomnia?"' >&2; exit 2; }
	@$(BIN)/followup ask "$$Q" $(ARGS)

serve: $(VENV)/.ready $(FOLLOWUP_HOME)/index/CURRENT  ## Open the page at http://127.0.0.1:8000/
	@$(BIN)/followup serve $(ARGS)

ingest: $(VENV)/.ready  ## Build a new snapshot: make ingest SOURCE=corpus
	@$(BIN)/followup ingest apply --source $(or $(SOURCE),corpus) $(ARGS)

check: $(VENV)/.ready  ## Lint, types and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/hadolint Dockerfile
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec compose.yaml
	$(BIN)/gixy --skips proxy_buffering_off docs/deploy/nginx.conf  # events must come at once
	@mkdir -p build/units && for unit in docs/deploy/followup*; do \
	  sed 's|/opt/followup/bin/followup|/bin/true|' $$unit > build/units/$${unit##*/}; done
	@if command -v systemd-analyze >/dev/null; then ! systemd-analyze verify --man=no build/units/* 2>&1 | grep followup; \
	  else echo "systemd-analyze is not here: the units were not checked" >&2; fi

test: check  ## Check, then run every test
	$(BIN)/pytest

soak: $(VENV)/.ready  ## Minutes of faults: bombs, kills, full disks, damage (figures with -rP)
	$(BIN)/pytest -m soak -rP tests/soak $(ARGS)

fuzz: $(VENV)/.ready  ## Fuzz every parser, FUZZ_SECONDS (300) each
	$(BIN)/python -m tests.soak.fuzzing --seconds $(or $(FUZZ_SECONDS),300) $(ARGS)

bench: $(VENV)/.ready  ## Measure ingest against the embedder alone, and memory
	$(BIN)/python -m eval bench $(ARGS)

golden: $(VENV)/.ready $(FOLLOWUP_HOME)/index/CURRENT  ## Replay the golden dialogues on the index
	@$(BIN)/python -m eval golden $(ARGS)

verifier: $(VENV)/.ready  ## Measure the gates on true and falsified statements
	$(BIN)/python -m eval verifier $(ARGS)

pictures: $(VENV)/.ready  ## Take the pictures of docs/page.md anew
	$(BIN)/python -m tests.e2e.screenshots docs/page

docs: $(VENV)/.ready  ## Write docs/cli.md and the table of docs/access.md anew
	@$(BIN)/python -c 'import typer.main as m; import typer; from typer.cli import get_docs_for_click as g; \
	from service.cli import app; c = m.get_command(app); \
	print(g(obj=c, ctx=typer.Context(c), name="followup").strip())' > docs/cli.md
	@$(BIN)/python -m tests.integration.test_access

lock:  ## Pin what pyproject.toml asks for, anew
	rm -rf build/lock && python3.11 -m venv build/lock
	build/lock/bin/pip install --quiet $(TORCH)
	build/lock/bin/pip install --quiet setuptools ".[dev]"
	build/lock/bin/pip freeze --all --exclude followup --exclude pip | sed -E 's/^(torch==[0-9.]+)\+.*/\1/' | grep -v -i -E '^nvidia|^triton' > requirements.lock

clean:  ## Remove what was built; the environment and the index too
	rm -rf $(VENV) build var *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
