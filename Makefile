# Each target does its own set-up; it needs Python 3.11+, make and git, and says what it misses.
# A second run finds everything done.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install
VENDOR := src/listwright/web/static/vendor
MINUTES ?= 5
ARGS ?=

.PHONY: help install demo test lint bench chaos frontend browser lock clean

help:
	@echo 'make demo              try Listwright: everything on this machine, with a simulated Back Market'
	@echo 'make test              all tests'
	@echo 'make lint              style, types and the rules of imports'
	@echo 'make bench             all benchmarks, small'
	@echo 'make chaos MINUTES=5   processes killed at random under load'
	@echo 'make install           the environment for development, nothing started'
	@echo 'make lock              compile the lock files again; make lock ARGS=--upgrade for newer versions'

install: $(VENV)/.dev

demo: $(VENV)/.run $(VENDOR)/.done
	@exec $(BIN)/listwright demo $(ARGS)

test: $(VENV)/.dev $(VENDOR)/.done browser
	@$(BIN)/python -m pytest -n logical --dist loadfile --no-loadscope-reorder $(ARGS)

lint: $(VENV)/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(VENV)/.dev
	@$(BIN)/python tools/bench.py $(ARGS)

chaos: $(VENV)/.dev
	@LISTWRIGHT_CHAOS_MINUTES=$(MINUTES) $(BIN)/python -m pytest tests/chaos --timeout 0 $(ARGS)

frontend: $(VENDOR)/.done

browser: $(VENV)/.dev
	@$(BIN)/python tools/browser.py

lock: $(VENV)/.dev
	@$(BIN)/python tools/lock.py $(ARGS)

clean:
	rm -rf $(VENV) node_modules $(VENDOR) build dist

# What the product needs to run, and the product.
$(VENV)/.run: requirements.lock requirements-build.lock pyproject.toml | $(BIN)/python
	@echo 'Installing what Listwright needs …'
	@$(PIP) --require-hashes -r requirements.lock -r requirements-build.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

# The same and the tools of development.
$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@echo 'Installing the tools of development …'
	@$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

$(BIN)/python:
	@test -n '$(PYTHON)' || { echo 'Python 3.11 or later is needed and is not on PATH.' >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo 'Python could not make an environment. On Debian and Ubuntu: apt install python3-venv' >&2; exit 1; }

$(VENDOR)/.done: package.json package-lock.json tools/vendor.py tools/icons.txt | $(BIN)/python
	@echo 'Fetching the front-end files …'
	@$(BIN)/python tools/vendor.py
	@touch $@
