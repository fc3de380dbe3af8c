# `make` lists the targets.  Both environments are made with plain pip, which follows the machine's
# own configuration; they are made anew only when what they are made from changes.

PYTHON ?= $(or $(shell command -v python3.11),python3)
EXAMPLE ?= examples/report.html
FILE ?= $(EXAMPLE)
OUT ?= out
# Training: the folder of official text, where the steps leave their work, the bundle's version.
DATA ?= ../shared/data
WORK ?= runs/train
VERSION ?= 1.0.0

RUN := .venv-run/bin
DEV := .venv/bin
PIP := -m pip install --quiet --disable-pip-version-check
# The package is installed in place, with the setuptools that the lock names.
PACKAGE := $(PIP) --no-deps --no-build-isolation --editable .

.DELETE_ON_ERROR:
.PHONY: help run test lint bench train picture lock clean-train clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: .venv-run/made ## read the example, or FILE=…, and show its record; the JSON goes to out/
	@$(RUN)/nianbao parse "$(FILE)" --format table --output "$(OUT)"

test: .venv/made lint ## everything: style, types, layers, all tests
	$(DEV)/python -m pytest

lint: .venv/made ## style, types and layers only
	$(DEV)/ruff check .
	$(DEV)/ruff format --check .
	$(DEV)/mypy
	$(DEV)/lint-imports

bench: .venv/made ## speed of one report, by stage
	$(DEV)/python -m benchmarks

# Each step writes under $(WORK) and is taken again only when that is gone: `make clean-train` first
# for a training from the start.
train: $(WORK)/tagger/tagger.pt ## from official text in DATA=… to the shipped bundle, step by step
	$(DEV)/python -m training.export --tagger $< --out models/tagger --version $(VERSION)

$(WORK)/vocab.txt: | .venv/made
	$(DEV)/python -m training.vocabulary --data "$(DATA)" --out $@

$(WORK)/encoder/encoder.pt: $(WORK)/vocab.txt
	$(DEV)/python -m training.pretrain --data "$(DATA)" --vocab $< --out $(@D)

$(WORK)/shards/made: $(WORK)/vocab.txt
	$(DEV)/python -m training.batches --data "$(DATA)" --vocab $< --out $(@D)
	@touch $@

$(WORK)/tagger/tagger.pt: $(WORK)/encoder/encoder.pt $(WORK)/shards/made
	$(DEV)/python -m training.finetune --data "$(DATA)" --vocab $(WORK)/vocab.txt \
		--encoder $< --shards $(WORK)/shards --out $(@D)

picture: .venv/made ## docs/output.svg, the picture in README
	$(DEV)/nianbao picture "$(FILE)" docs/output.svg

lock: .venv/made ## resolve pyproject.toml anew into requirements/*.lock
	$(DEV)/python requirements/lock.py

clean-train: ## forget the work of all training steps
	rm -rf $(WORK)

clean: ## remove both environments and what was made
	rm -rf .venv .venv-run out build dist *.egg-info .*_cache .hypothesis

.venv-run/made: requirements/run.lock pyproject.toml
	$(PYTHON) -m venv --clear .venv-run
	$(RUN)/python $(PIP) --requirement requirements/run.lock
	$(RUN)/python $(PACKAGE)
	@touch $@

.venv/made: requirements/dev.lock pyproject.toml
	$(PYTHON) -m venv --clear .venv
	$(DEV)/python $(PIP) --requirement requirements/dev.lock
	$(DEV)/python $(PACKAGE)
	@touch $@
