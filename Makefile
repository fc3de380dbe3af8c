# `make` lists the targets.  The environments are made with plain pip, which follows the machine's
# own configuration; they are made anew only when what they are made from changes.

PYTHON ?= $(or $(shell command -v python3.11),python3)
EXAMPLE ?= examples/report.html
FILE ?= $(EXAMPLE)
INPUT ?= examples
OUT ?= out
# Annotating: what `nianbao queue` wrote, and an address of a model backend, if any.
QUEUE ?= out/queue.jsonl
BACKEND ?=
# Training: the folder of official text, and where the steps leave their work.
DATA ?= ../shared/data
WORK ?= runs
# Retraining: corrected reports, what was proposed, and the last batch.
GOLD ?= gold.jsonl
PROPOSAL ?= $(shell ls -dt $(WORK)/retrain/*/proposal 2>/dev/null | head -1)
BATCH ?= dataset

RUN := .venv-run/bin
DEV := .venv/bin
STUDIO := .venv-studio/bin
PIP := -m pip install --quiet --disable-pip-version-check
# The package is installed in place, with the setuptools that the lock names.
PACKAGE := $(PIP) --no-deps --no-build-isolation --editable .

.DELETE_ON_ERROR:
.PHONY: help run batch serve annotate test lint bench train retrain gate promote take-back shadow picture lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: .venv-run/made ## read the example, or FILE=…, and show its record; the JSON goes to out/
	@$(RUN)/nianbao parse "$(FILE)" --format table --output "$(OUT)"

batch: .venv-run/batch ## score INPUT=… (archives, folders) into the dataset OUT=…
	@$(RUN)/nianbao batch "$(INPUT)" --output "$(OUT)"

serve: .venv-run/serve ## serve parsing over HTTP, with a page, on 127.0.0.1:3000
	@$(RUN)/python -m serving

annotate: .venv-run/annotate .venv-studio/made ## Label Studio with QUEUE=…, pre-annotated, on 127.0.0.1:8080
	@$(RUN)/python -m annotations.studio annotate "$(QUEUE)" $(if $(BACKEND),--backend "$(BACKEND)")

test: .venv/made lint ## everything: style, types, layers, all tests
	$(DEV)/python -m pytest

lint: .venv/made ## style, types and layers only
	$(DEV)/ruff check .
	$(DEV)/ruff format --check .
	$(DEV)/mypy
	$(DEV)/lint-imports

bench: .venv/made ## speed of one report, by stage
	$(DEV)/python -m benchmarks

train: .venv/made ## from official text in DATA=… to the shipped bundle, step by step, resumable
	$(DEV)/python -m training --data "$(DATA)" --out "$(WORK)"

retrain: .venv/made ## from corrected reports in GOLD=… to a proposal, resumable
	$(DEV)/python -m training.retrain --gold $(GOLD) --data "$(DATA)" --out "$(WORK)/retrain" --splits "$(WORK)/splits.json"

gate: .venv/made ## judge the newest proposal, or PROPOSAL=…
	$(DEV)/python -m training.gate "$(PROPOSAL)" --data "$(DATA)" --gold $(GOLD) --splits "$(WORK)/splits.json"

shadow: .venv/made ## what the proposal would change in BATCH=… (a dataset, or inputs)
	$(DEV)/python -m training.shadow "$(PROPOSAL)" $(BATCH)

promote: .venv/made ## put the proposal that passed its gate in place of the current model
	$(DEV)/python -m training.promote "$(PROPOSAL)"

take-back: .venv/made ## undo the last promotion
	$(DEV)/python -m training.promote --take-back

picture: .venv/made ## docs/output.svg, the picture in README
	$(DEV)/nianbao picture "$(FILE)" docs/output.svg

lock: .venv/made ## resolve pyproject.toml anew into requirements/*.lock
	$(DEV)/python requirements/lock.py

clean: ## remove the environments and what was made; runs/ stays
	rm -rf .venv .venv-run .venv-studio out build dist *.egg-info .*_cache .hypothesis

.venv-run/made: requirements/run.lock pyproject.toml
	$(PYTHON) -m venv --clear .venv-run
	$(RUN)/python $(PIP) --requirement requirements/run.lock
	$(RUN)/python $(PACKAGE)
	@touch $@

.venv-run/batch: .venv-run/made requirements/batch.lock
	$(RUN)/python $(PIP) --requirement requirements/batch.lock
	@touch $@

.venv-run/serve: .venv-run/made requirements/serve.lock
	$(RUN)/python $(PIP) --requirement requirements/serve.lock
	@touch $@

.venv-run/annotate: .venv-run/made requirements/annotate.lock
	$(RUN)/python $(PIP) --requirement requirements/annotate.lock
	@touch $@

.venv-studio/made: requirements/studio.lock
	$(PYTHON) -m venv --clear .venv-studio
	$(STUDIO)/python $(PIP) --requirement requirements/studio.lock
	@touch $@

.venv/made: requirements/dev.lock pyproject.toml
	$(PYTHON) -m venv --clear .venv
	$(DEV)/python $(PIP) --requirement requirements/dev.lock
	$(DEV)/python $(PACKAGE)
	@touch $@
