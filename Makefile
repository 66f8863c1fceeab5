# Set-up, demo, tests and checks. Needs git, make and Python 3.11; everything else is installed into .venv.
#   make demo        run the main job and name the report to open
#   make test        run the tests (browser tests are skipped aloud without a Chromium)
#   make test-long   run the tests that take minutes each and are left out of make test
#   make check       style and types
#   make reference   write docs/reference.md from the docstrings
#   make pictures    draw the docs/*.png of chains and laws again (needs a Chromium)
#   make peers       install what the benchmarks compare with
#   make lock        pin the newest versions that pyproject.toml allows
# PYTHON=/path/to/python3.11 picks the interpreter; otherwise python3.11, then python3, is tried.

.DEFAULT_GOAL := help
.PHONY: help demo test test-long check reference pictures peers lock
SHELL := /bin/sh
BIN := .venv/bin
READY := .venv/.ready
CAMPAIGN := yuanbao_2026
PIP := -m pip --disable-pip-version-check --quiet

# A version that differs from 3.11 is refused: requirements.lock is made and tested for 3.11 only.
PYTHONS = $(or $(PYTHON),python3.11 python3)
IS_RIGHT := import sys; sys.exit(sys.version_info[:2] != (3, 11))
find_python = for python in $(PYTHONS) ""; do "$$python" -c '$(IS_RIGHT)' 2>/dev/null && break; done; \
	[ -n "$$python" ] || { echo "Python 3.11 is needed and was not found (tried: $(PYTHONS));" \
	"try: make PYTHON=/path/to/python3.11" >&2; exit 1; }

help:
	@sed -n '2,10s/^# \{0,1\}//p' Makefile

demo: $(READY)
	@$(BIN)/growth run experiments/campaigns/$(CAMPAIGN).toml --out runs/$(CAMPAIGN) --replace
	@echo "Open this report in a browser: $(CURDIR)/runs/$(CAMPAIGN)/report.html"

test: $(READY)
	@$(BIN)/python -m pytest

test-long: $(READY)
	@$(BIN)/python -m pytest -m long

check: $(READY)
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

reference: $(READY)
	@$(BIN)/python -m tests.reference

pictures: $(READY)
	@$(BIN)/python -m tests.pictures

# Done once, and again when the pins or the project file change. A half-made .venv is made anew.
$(READY): requirements.lock pyproject.toml
	@$(find_python); \
	echo "Setting up .venv with $$python (a few hundred MB from PyPI the first time)"; \
	$(BIN)/python -m pip --version >/dev/null 2>&1 || "$$python" -m venv --clear .venv
	@$(BIN)/python $(PIP) install -r requirements.lock
	@$(BIN)/python $(PIP) install --no-deps -e .
	@touch $@

peers: $(READY)
	@$(BIN)/python $(PIP) install -r bench.lock

lock:
	@$(find_python); "$$python" -m venv --clear .cache/lock
	@.cache/lock/bin/python $(PIP) install -e '.[dev,check]'
	@{ echo "# Every version the project is tested with, Python 3.11, development tools included. Made by: make lock"; \
	.cache/lock/bin/python $(PIP) freeze --exclude-editable; } > .cache/lock/requirements.lock
	@.cache/lock/bin/python $(PIP) install -c .cache/lock/requirements.lock -e '.[bench]'
	@{ echo "# What the benchmarks compare with, on top of requirements.lock: installed by make peers. Made by: make lock"; \
	.cache/lock/bin/python $(PIP) freeze --exclude-editable | grep -v -x -F -f .cache/lock/requirements.lock; } > .cache/lock/bench.lock
	@mv .cache/lock/requirements.lock .cache/lock/bench.lock . && rm -rf .cache/lock
