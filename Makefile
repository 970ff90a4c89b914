# make demo · make test · make test-full · make bench: each works from a clean clone with Python 3.11 and make.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock

.PHONY: demo test test-full bench check chromium clean
.DEFAULT_GOAL := demo

demo: $(VENV)/installed
	$(BIN)/frontdoor demo

test: check chromium
	$(BIN)/pytest -n 2 --dist loadfile

test-full: check chromium
	$(BIN)/pytest -m "full or not full"

bench: $(VENV)/installed-test
	$(BIN)/python -m tests.benchmarks

check: $(VENV)/installed-test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

chromium:
	@command -v chromium >/dev/null \
	  || { apt-get update -qq && apt-get install -y -qq chromium; } >/dev/null 2>&1 \
	  || echo "No Chromium, and it cannot be installed here: browser tests are skipped. Install the package 'chromium'."

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: $(VENV)/bin/python pyproject.toml requirements.lock
	$(PIP) --editable .
	@touch $@

$(VENV)/installed-test: $(VENV)/installed
	$(PIP) --editable '.[test]'
	@touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
