"""A small zoo in a temporary folder: one entry, measured on the digits that ship."""

from __future__ import annotations

import dataclasses
import functools
import json
import warnings
from pathlib import Path
from typing import Any

from rpn_zoo.data import MNIST
from rpn_zoo.data.transforms import StandardizePixels
from rpn_zoo.nn import RPN
from rpn_zoo.zoo import Card, Zoo, flops_per_sample, save_weights
from rpn_zoo.zoo.card import (
    Baseline,
    SeedResult,
    Source,
    SubsetCheck,
    WeightsFile,
    mean_and_std,
    save_card,
)
from rpn_zoo.zoo.evaluation import measure
from rpn_zoo.zoo.pipeline import Pipeline
from rpn_zoo.zoo.recipe import load_recipe
from rpn_zoo.zoo.strict_yaml import dump_yaml

NAME = "tiny-digits"
NETWORK: dict[str, Any] = {
    "dims": [784, 10],
    "layers": [{"heads": [{"reconciliation": {"name": "lorr_reconciliation", "r": 2}}]}],
}
PREPROCESS = StandardizePixels(mean=0.125, std=0.25)
DIGITS = tuple("0123456789")


def make_network(seed: int = 7) -> RPN:
    return RPN(NETWORK, seed=seed).eval()


@functools.cache
def digits() -> MNIST:
    """The digits that ship, read once for all tests."""
    data = MNIST(source="subset")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data.setup()
    return data


@functools.cache
def measured() -> dict[str, Any]:
    return measure(Pipeline(make_network(), PREPROCESS, DIGITS), digits())


def write_recipe(path: Path, network: Any = None, source: str = "subset") -> None:
    data = {"class_path": "rpn_zoo.data.MNIST", "init_args": {"source": source, "batch_size": 50}}
    model = {
        "class_path": "rpn_zoo.training.ClassificationTask",
        "init_args": {"network": network or NETWORK},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dump_yaml({"seed_everything": 0, "model": model, "data": data}))


def make_card(sha256: str | None, size: int = 1, **changes: Any) -> Card:
    """A card of the small entry; ``changes`` replace fields."""
    found = measured()
    results = [found["accuracy"], 0.5]
    mean, std = mean_and_std(results)
    card = Card(
        name=f"{NAME}.v1",
        config=NAME,
        task="image-classification",
        title="A tiny network: of no use.",
        weights=WeightsFile(sha256, size) if sha256 else None,
        parameters=make_network().num_parameters,
        flops=flops_per_sample(make_network()),
        dataset="MNIST",
        split=found["split"],
        comparable=False,
        preprocess=PREPROCESS.to_config(),
        class_names=DIGITS,
        metric="accuracy",
        seeds=(SeedResult(0, 0.9, results[0], 3, 1.5), SeedResult(1, 0.8, results[1], 2, 1.5)),
        mean=mean,
        std=std,
        shipped_seed=0,
        tolerance=0.0005,
        subset=None,
        baselines=(Baseline("logistic regression", 0.9, 0.001, 7850, "on the same splits"),),
        source=Source("A paper", 0.5, "another split"),
        command=f"python -m rpn_zoo.zoo.reproduce {NAME} --seeds 0 1",
        seconds=3.0,
        hardware="a machine",
        versions={"torch": "2.0"},
        date="2026-01-02",
        notes="",
        recipe_sha256="0" * 64,
    )
    return dataclasses.replace(card, **changes)


def make_zoo(root: Path, source: str = "subset", **changes: Any) -> Zoo:
    """A zoo of one entry; ``changes`` go to its card."""
    zoo = Zoo(root / "checkpoints", root / "configs")
    write_recipe(zoo.configs / f"{NAME}.yaml", source=source)
    weights = zoo.checkpoints / NAME / "model.safetensors"
    sha256 = save_weights(weights, make_network())
    recipe = load_recipe(zoo.configs / f"{NAME}.yaml")
    changes = {"recipe_sha256": recipe.sha256, **changes}
    card = make_card(sha256, weights.stat().st_size, **changes)
    save_card(zoo.checkpoints / NAME / "card.yaml", card)
    return zoo


def make_full_zoo(root: Path) -> Zoo:
    """As :func:`make_zoo`, but of an entry that claims to be measured on complete data."""
    subset = SubsetCheck(measured()["split"], measured()["accuracy"], "Seen in training.")
    split = "MNIST, official split, 55,000/5,000/10,000"
    return make_zoo(root, "auto", split=split, comparable=True, subset=subset)


def make_run(folder: Path, seed: int = 0, **changes: Any) -> dict[str, Any]:
    """A finished run folder as ``rpn-zoo fit`` leaves it; returns its metrics."""
    write_recipe(folder / "config.yaml")
    sha256 = save_weights(folder / "model.safetensors", make_network(seed))
    metrics = {
        "task": "classification",
        "metric": "accuracy",
        "validation": {"accuracy": 0.5, "loss": 1.0},
        "test": {"accuracy": 0.4, "loss": 1.1},
        "best_epoch": 2,
        "epochs": 3,
        "seed": seed,
        "parameters": make_network().num_parameters,
        "data": {
            "name": "MNIST",
            "split": measured()["split"],
            "comparable": False,
            "class_names": list(DIGITS),
            "preprocess": PREPROCESS.to_config(),
        },
        "seconds": 1.25,
        "hardware": "a machine",
        "versions": {"torch": "2.0"},
        "command": "rpn-zoo fit",
        "sha256": sha256,
        "date": "2026-01-02",
        **changes,
    }
    (folder / "metrics.csv").write_text("epoch,loss\n0,1.0\n")
    (folder / "metrics.json").write_text(json.dumps(metrics))
    return metrics
