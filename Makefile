# `make` alone lists what there is. Needs Python 3.11 or newer; on Debian the rest is installed where it may be.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
PORT ?= 8080
PYTHON ?= python3
export PORT PYTHON

.PHONY: help run test lint messages pictures bench clean needs-run needs-test

help: ## Lists these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: needs-run ## Serves everything with sample data at http://127.0.0.1:8080 (PORT=... for another port)
	@bin/run

test: needs-test lint ## Checks and tests everything; installs what that needs
	@.venv/bin/pytest -n 2

lint: needs-test ## Style, types and who imports whom
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy .
	@.venv/bin/lint-imports

messages: needs-test ## Collects the texts people see into i18n/locales, ready to be translated
	@.venv/bin/python -m i18n

pictures: needs-test ## Draws the pictures of docs/pictures again
	@PICTURES=docs/pictures .venv/bin/pytest -n 0 -k picture

bench: needs-test ## Runs the benchmarks (python -m bench): a table here, numbers in bench/out
	@.venv/bin/python -m bench

clean: ## Removes what was installed and made here: .venv, caches, var with its sample data
	@rm -rf .venv var tests/out bench/out .hypothesis .*_cache
	@find . -name __pycache__ -prune -exec rm -rf {} +

needs-run:
	@bin/need venv
	@bin/install requirements.txt

needs-test:
	@bin/need venv chromium postgresql dovecot fonts
	@bin/install requirements-dev.txt
