"""An entry for a formula: trained, carded, verified; its figures are small and less is better."""

from __future__ import annotations

import dataclasses
import json
import statistics
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from rpn_zoo.data import equation
from rpn_zoo.nn import RPN
from rpn_zoo.zoo import Zoo, evaluate, save_weights, verify
from rpn_zoo.zoo.card import dump_card
from rpn_zoo.zoo.commands import main
from rpn_zoo.zoo.entry import run_entry
from rpn_zoo.zoo.figures import METRICS, agree, allowed_difference, cost, rounded
from rpn_zoo.zoo.pipeline import make_preprocess
from rpn_zoo.zoo.regression import Regressor
from rpn_zoo.zoo.reproduce import reproduce
from rpn_zoo.zoo.results import render_csv, render_table
from rpn_zoo.zoo.seed_runs import run_process

NAME = "sum-e.0"
RECIPE = """
seed_everything: 0
run: {name: sum-e.0}
model:
  class_path: rpn_zoo.training.RegressionTask
  init_args:
    network: {dims: [2, 1], layers: [{heads: [{bias: true}]}]}
data:
  class_path: rpn_zoo.data.Equations
  init_args: {suite: elementary, id: E.0, dtype: float64, normalize_x: range}
trainer: {precision: 64-true}
"""
FACTS = """
title: A sum
task: equation-regression
metric: mse
statistic: median
tolerance: 0.01
source: {paper: A paper, figure: 1.5e-9}
baselines: [{name: mlp, value: 1.25e-8, std: 3.1e-9}]
"""
SHIFTS = (3e-5, 1e-5, 2e-4)


def make_network(shift: float) -> RPN:
    """x + y of inputs in [-1, 1], which is 1 + (u + v) / 2, and a little more."""
    network = RPN({"dims": [2, 1], "layers": [{"heads": [{"bias": True}]}]}).double().eval()
    with torch.no_grad():
        for name, p in network.named_parameters():
            p.fill_(1 + shift if name.endswith("bias") else 0.5)
    return network


class Trainer:
    """Stands for the training command: a network that is off by the shift of its seed."""

    def __call__(self, command: Sequence[str]) -> int:
        options = dict(zip(command[4::2], command[5::2], strict=True))
        seed, folder = int(options["--seed_everything"]), Path(options["--run.folder"])
        folder.mkdir(parents=True)
        (folder / "config.yaml").write_text(RECIPE)
        network = make_network(SHIFTS[seed])
        sha256 = save_weights(folder / "model.safetensors", network)
        mse = SHIFTS[seed] ** 2
        figures = {"loss": mse, "mse": mse, "rmse": mse**0.5}
        preprocess = {"name": "standardize_columns", "mean": [0.5, 0.5], "scale": [0.5, 0.5]}
        data = {"name": "Equations", "split": SPLIT, "comparable": True, "class_names": [],
                "preprocess": preprocess}  # fmt: skip
        metrics = {
            "task": "regression", "metric": "rmse", "validation": figures, "test": figures,
            "best_epoch": 1, "seed": seed, "parameters": 3, "data": data, "seconds": 1.0,
            "hardware": "a machine", "versions": {"torch": "2.0"}, "sha256": sha256,
            "date": "2026-01-02",
        }  # fmt: skip
        (folder / "metrics.json").write_text(json.dumps(metrics))
        (folder / "metrics.csv").write_text("epoch,loss\n0,1.0\n")
        return 0


SPLIT = "elementary E.0, x+y, sample seed 0, 1,000/500/1,000"


@pytest.fixture
def functions(tmp_path: Path) -> Zoo:
    zoo = Zoo(tmp_path / "checkpoints", tmp_path / "configs")
    (zoo.configs / "cards").mkdir(parents=True)
    (zoo.configs / f"{NAME}.yaml").write_text(RECIPE)
    (zoo.configs / "cards" / f"{NAME}.yaml").write_text(FACTS)
    zoo.checkpoints.mkdir()
    reproduce(NAME, [0, 1, 2], tmp_path / "out", zoo=zoo, runner=Trainer())
    return zoo


def test_card(functions: Zoo) -> None:
    card = functions.card(NAME)
    assert card.name == f"{NAME}.v1"
    assert (card.metric, card.statistic, card.shipped_seed) == ("mse", "median", 1)
    assert card.figure == pytest.approx(9e-10)
    assert card.mean == pytest.approx(statistics.fmean(s**2 for s in SHIFTS), rel=1e-5)
    for text in (render_table([card]), (functions.checkpoints / NAME / "README.md").read_text()):
        assert "9.00e-10 median (1.00e-10 to 4.00e-08)" in text
        assert "1.25e-08 ± 3.1e-09" in text
        assert "1.5e-09" in text
    row = render_csv([card]).splitlines()[1]
    assert row.endswith(",median,9e-10")
    with pytest.raises(ValueError, match="mean must be"):
        dataclasses.replace(card, mean=card.mean * 1.01)


def test_names_with_dots(functions: Zoo) -> None:
    for name in (NAME, f"{NAME}.v1"):
        assert functions.entry(name).name == f"{NAME}.v1"
    with pytest.raises(ValueError, match=f"the zoo has {NAME}.v1"):
        functions.entry(f"{NAME}.v2")
    with pytest.raises(ValueError, match="unknown entry 'sum-e'"):
        functions.entry("sum-e")
    assert functions.list_models("*.v1", task="regression") == [NAME]


def test_evaluate_and_verify(functions: Zoo, capsys: pytest.CaptureFixture[str]) -> None:
    found = evaluate(NAME, zoo=functions)
    assert found["mse"] == pytest.approx(1e-10, rel=1e-6)
    assert found["rmse"] == pytest.approx(1e-5)
    y = equation("elementary", "E.0").sample(2000, torch.Generator().manual_seed(0))[1][1000:]
    assert found["nrmse"] == pytest.approx(1e-5 / y.std(correction=0).item(), rel=1e-5)
    assert found["r2"] == pytest.approx(1)
    report = verify(NAME, zoo=functions)
    assert report.ok, report
    assert report.checks[-1].detail.startswith("1.00e-10 measured on 1,000 samples")
    assert main(["evaluate", NAME], functions) == 0
    assert "mse 1.00e-10, loss 1.00e-10 on 1,000" in " ".join(capsys.readouterr().out.split())
    assert main(["list"], functions) == 0
    assert "9.00e-10 median" in capsys.readouterr().out


@pytest.mark.parametrize(("factor", "ok"), [(1.005, True), (1.05, False), (0.5, False)])
def test_the_tolerance_is_relative(functions: Zoo, factor: float, ok: bool) -> None:
    card = functions.card(NAME)
    seeds = tuple(
        dataclasses.replace(s, test=rounded(s.test * factor)) if s.seed == 1 else s
        for s in card.seeds
    )
    tests = [s.test for s in seeds]
    changed = dataclasses.replace(
        card,
        seeds=seeds,
        mean=rounded(statistics.fmean(tests)),
        std=rounded(statistics.stdev(tests)),
    )
    (functions.checkpoints / NAME / "card.yaml").write_text(dump_card(changed))
    assert verify(NAME, zoo=functions).ok is ok


def test_weights_are_float64(functions: Zoo, tmp_path: Path) -> None:
    entry = functions.entry(NAME)
    assert all(p.dtype == torch.float64 for p in entry.load().parameters())
    assert run_entry(tmp_path / "out" / "seed-1").load().config == entry.load().config


def test_pipeline_takes_raw_variables(functions: Zoo) -> None:
    entry = functions.entry(NAME)
    regressor = Regressor(entry.load(), make_preprocess(entry.preprocess), batch_size=2)
    x = np.array([[0.25, 0.5], [1.0, 0.0], [0.0, 0.125]], dtype=np.float32)
    np.testing.assert_allclose(regressor.predict(x)[:, 0], x.sum(1) + 1e-5, atol=1e-12)
    assert regressor.predict(torch.from_numpy(x)).dtype == np.float64
    for bad in (x[:, :1], x[0], x.astype(np.int64), [[0.1, 0.2]]):
        with pytest.raises(ValueError, match=r"shape \(N, 2\)"):
            regressor.predict(bad)  # type: ignore[arg-type]


def test_an_unknown_metric(functions: Zoo, tmp_path: Path) -> None:
    facts = functions.configs / "cards" / f"{NAME}.yaml"
    facts.write_text(FACTS.replace("mse", "mae"))
    with pytest.raises(ValueError, match="metric must be one of loss, mse, rmse, got 'mae'"):
        reproduce(NAME, [0], tmp_path / "out", True, functions, run_process)


@pytest.mark.parametrize("name", METRICS)
def test_direction(name: str) -> None:
    better, worse = (0.9, 0.1) if METRICS[name].higher_is_better else (0.1, 0.9)
    assert cost(name, better) < cost(name, worse)


def test_rounding() -> None:
    assert rounded(1.23456789e-12) == 1.23457e-12
    assert rounded(0.98765432) == 0.987654
    assert rounded(-123.456789) == -123.456789
    assert rounded(0.0) == 0.0
    assert agree("mse", 1.23457e-12, 1.23456789e-12)
    assert not agree("mse", 1.2e-12, 1.3e-12)
    assert agree("accuracy", 0.5, 0.5000009)
    assert allowed_difference(0.01, 1000, "mse", 1e-10) == pytest.approx(1e-12)
    with pytest.raises(ValueError, match="metric must be one of"):
        cost("f1", 0.5)
