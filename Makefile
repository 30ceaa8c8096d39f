# Each verb does its own set-up: Python 3.11 or later, make and the package index are all it needs.

.DEFAULT_GOAL := help
.PHONY: help run test check build format clean
SHELL := /bin/sh

# The first Python that is new enough and can make environments; `make run PYTHON=/path/to/python3` names another.
CAN_SERVE := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
ifeq ($(origin PYTHON), undefined)
PYTHON := $(shell for python in python3.13 python3.12 python3.11 python3.14 python3 python; do \
	$$python -c '$(CAN_SERVE)' >/dev/null 2>&1 && command -v $$python && break; done)
endif
BARE_PYTHON = $(or $(PYTHON),$(error No Python 3.11 or later with its venv module was found. Install one, \
	or name it: make $@ PYTHON=/path/to/python3))
INSTALL = @$(BARE_PYTHON) -m local.install
IN_VENV := .venv/bin/python -m

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## the whole stack on this machine (PORT=3000); Ctrl-C ends it
	$(INSTALL) run
	@exec $(IN_VENV) local --follow-parent

check: ## the fast half: lint, types, unit and contract tests
	$(INSTALL) dev
	$(IN_VENV) ruff check .
	$(IN_VENV) ruff format --check .
	$(IN_VENV) mypy
	$(IN_VENV) pytest -n auto tests/unit tests/functions tests/contract

test: check ## everything, as CI runs it
	$(IN_VENV) pytest tests/integration tests/acceptance tests/clients
	$(IN_VENV) pytest tests/conformance

build: ## what would be deployed, by SAM CLI into .aws-sam/ (needs Python 3.13)
	@$(BARE_PYTHON) -m local.build

format: ## put the code into house style, and what is written of our contracts up to date
	$(INSTALL) dev
	$(IN_VENV) ruff check --fix .
	$(IN_VENV) ruff format .
	@$(IN_VENV) local.contracts

clean: ## remove all that these verbs made
	rm -rf .venv .venv-sam .venv-node .aws-sam .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
