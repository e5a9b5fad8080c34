# Deskmate. `make help` lists the targets. Set-up is done once and again only when the pinned requirements change.

SHELL := /bin/sh
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do command -v $$p >/dev/null 2>&1 && $$p -c 'import sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' >/dev/null 2>&1 && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
COMPILE := $(BIN)/python -m uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --quiet
WITHOUT_NEVER := awk '/^[a-zA-Z]/ { skip = /sys_platform == .never./ } !skip'
REAL_MODELS ?= offline $(foreach name,qwen2.5-coder:1.5b qwen2.5-coder:0.5b smollm2:135m,ollama/$(name) stock/$(name))
REAL_SPLIT ?= test
REAL_OUT ?= .deskmate/real
INSTALL := install --quiet --no-deps --require-hashes

.DEFAULT_GOAL := help
.PHONY: help run demo test faults kills desk-kills gate-machine attacks mutants adapter-tests lint types eval prove real lock clean setup setup-dev

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

run: setup ## start the service and its web page on http://127.0.0.1:8000
	@exec $(BIN)/deskmate serve

demo: setup ## watch one conversation of several steps in the terminal
	@$(BIN)/deskmate demo

test: setup-dev ## run the whole test suite
	@echo "Running the tests (about 13 minutes on two cores) …"
	@$(BIN)/python -m pytest

faults: setup-dev ## print what becomes of a task for every fault of a model server, ours beside a stock agent
	@$(BIN)/python -m pytest tests/faults --fault-table --show-capture=no

kills: setup-dev ## kill syncs at any moment and print what was lost, doubled or half replaced: make kills [KILLS=500]
	@DESKMATE_TEST_KILLS=$(or $(KILLS),50) $(BIN)/python -m pytest tests/knowledge/test_kills.py --timeout 3600

desk-kills: setup-dev ## kill a write at each of its boundaries, 100 times each (about half an hour), and print what was lost
	@DESKMATE_TEST_KILLS=100 $(BIN)/python -m pytest tests/desk/test_kills.py -s

gate-machine: setup-dev ## play a compromised model at the gateway, for a night: make gate-machine [STEPS=100000] [SEED=…]
	@DESKMATE_TEST_MACHINE_STEPS=$(or $(STEPS),100000) DESKMATE_TEST_MACHINE_SEED=$(or $(SEED),$$(date +%Y%m%d)) \
		$(BIN)/python -m pytest tests/machine -s

attacks: setup ## attack the agent through wiki, tickets, names, orders and MCP, and print what came of it (10 minutes)
	@$(BIN)/deskmate eval attacks

mutants: setup-dev ## take each check of the gateway out in turn, and print the test that notices (some minutes)
	@$(BIN)/python -m tests.mutants

adapter-tests: setup-dev ## run the adapter's tests against a real server: make adapter-tests URL=http://… [MODEL=qwen3:8b]
	@DESKMATE_TEST_OLLAMA_URL=$(URL) DESKMATE_TEST_OLLAMA_MODEL=$(MODEL) $(BIN)/python -m pytest tests/adapter -rs

lint: setup-dev ## check style and formatting
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: setup-dev ## check types strictly
	@$(BIN)/mypy

eval: setup ## run the eval suite core with the built-in model
	@$(BIN)/deskmate eval run core --model offline $(EVAL_FLAGS)

prove: setup ## prove that the suite core can tell right from wrong
	@$(BIN)/deskmate eval prove core

real: setup-dev ## score a stock agent, offline and ours on a real Ollama; make real URL=http://127.0.0.1:11434
	@test -n "$(URL)" || { echo "Name the Ollama server, such as: make real URL=http://127.0.0.1:11434" >&2; exit 1; }
	@DESKMATE_OLLAMA_BASE_URL=$(URL) $(BIN)/deskmate eval compare core --split $(REAL_SPLIT) --out $(REAL_OUT) $(REAL_MODELS:%=--model %)

lock: setup-dev ## pin what is new in pyproject.toml: versions and hashes, no addresses; LOCK=--upgrade renews all
	@$(PIP) install --quiet uv
	@cp requirements.txt .pinned.txt
	@$(COMPILE) --extra evals --extra setup $(if $(LOCK),$(LOCK),-c .pinned.txt) | $(WITHOUT_NEVER) > requirements.txt
	@cp requirements-dev.txt .pinned.txt
	@$(COMPILE) --extra dev -c requirements.txt $(if $(LOCK),$(LOCK),-c .pinned.txt) | $(WITHOUT_NEVER) > requirements-dev.txt
	@rm .pinned.txt

clean: ## remove the virtual environment; data in .deskmate stays
	@rm -rf $(VENV) *.egg-info .mypy_cache .ruff_cache .pytest_cache
	@echo "Removed $(VENV). Your data is still in .deskmate; 'rm -r .deskmate' deletes it."

setup: $(VENV)/.requirements
setup-dev: $(VENV)/.requirements-dev

$(VENV)/.made:
	@test -n "$(PYTHON)" || { echo "Deskmate needs Python 3.11, 3.12 or 3.13 with the venv module, and found none. Install one, or name it: make run PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "1/3 Making the virtual environment $(VENV) with $(PYTHON) …"
	@$(PYTHON) -m venv $(VENV) || { echo "The virtual environment could not be made. Is this folder writable, and is the disk full? On Debian: apt install python3-venv" >&2; exit 1; }
	@touch $@

$(VENV)/.requirements: requirements.txt pyproject.toml $(VENV)/.made
	@echo "2/3 Installing the pinned packages (about a minute, 450 MB) …"
	@$(PIP) $(INSTALL) -r requirements.txt || { echo "A package could not be installed; the lines above name it. Check that your package index is reached, then run this again." >&2; exit 1; }
	@echo "3/3 Installing Deskmate itself …"
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.requirements-dev: requirements-dev.txt $(VENV)/.requirements
	@echo "Installing the packages for tests and checks …"
	@$(PIP) $(INSTALL) -r requirements-dev.txt || { echo "A package could not be installed; the lines above name it. Check that your package index is reached, then run this again." >&2; exit 1; }
	@touch $@
