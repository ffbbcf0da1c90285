# rpn_zoo: `make help` lists the targets. Everything runs in .venv, which `make setup` makes.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
NAME   ?= mnist-dual-lphm
ARGS   ?=
DEVICES  ?=
STRATEGY ?=
TRAINER  := $(if $(DEVICES),--trainer.devices $(DEVICES)) $(if $(STRATEGY),--trainer.strategy $(STRATEGY))

.DEFAULT_GOAL := help
.PHONY: help setup train-mnist test check format bench reproduce reproduce-all verify results baselines wheel clean

help: ## list the targets
	@grep -hE '^[a-z][a-z-]*:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

setup: $(STAMP) ## make .venv with the pinned dependencies (only when its inputs changed)

# Re-installs when the pins or the project's metadata change, and not otherwise.
$(STAMP): pyproject.toml constraints.txt rpn_zoo/version.py
	@echo "Installing rpn_zoo and its pinned dependencies into $(VENV) (a few minutes the first time)"
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 14))' || \
		{ echo "rpn_zoo needs Python 3.10 to 3.13; name one with: make setup PYTHON=python3.12"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[dev]"
	@touch $@

train-mnist: $(STAMP) ## train, evaluate and save the flagship MNIST network under runs/ (DEVICES=2 STRATEGY=ddp: on two)
	@$(BIN)/rpn-zoo fit --config configs/mnist-dual-lphm.yaml $(TRAINER) $(ARGS)

test: $(STAMP) ## run the whole test suite
	@$(BIN)/python -m pytest -n 2 --dist loadgroup $(ARGS)

check: $(STAMP) ## lint and type check
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: $(STAMP) ## format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(STAMP) ## measure speed and memory as ratios (writes benchmarks/results/)
	@$(BIN)/python -m benchmarks $(ARGS)

reproduce: $(STAMP) ## train all seeds of a zoo entry and write its card: make reproduce NAME=...
	@$(BIN)/python -m rpn_zoo.zoo.reproduce $(NAME) $(ARGS)

reproduce-all: $(STAMP) ## reproduce every zoo entry and the table of equations (long)
	@$(BIN)/python -m rpn_zoo.zoo.reproduce --all $(ARGS)
	@$(BIN)/python -m rpn_zoo.zoo.reproduce equations

baselines: $(STAMP) ## train the baselines that stand on the cards, 5 seeds each (long)
	@$(BIN)/python -m rpn_zoo.zoo.baselines $(ARGS)

verify: $(STAMP) ## re-hash, re-count and re-measure every zoo entry
	@$(BIN)/rpn-zoo verify --all $(ARGS)

results: $(STAMP) ## write README's results table and checkpoints/results.csv from the cards
	@$(BIN)/python -m rpn_zoo.zoo.results $(ARGS)

wheel: $(STAMP) ## build the wheel into dist/
	@$(BIN)/python -m build --wheel --no-isolation --outdir dist .

clean: ## remove caches and built files (never runs/ or downloads)
	@rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
