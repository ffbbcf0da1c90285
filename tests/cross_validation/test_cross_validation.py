"""The paired test, the folds, the baselines and the command."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from rpn_zoo.cross_validation.baselines import BASELINES, Problem
from rpn_zoo.cross_validation.kan_estimator import Kan
from rpn_zoo.cross_validation.paired_test import corrected_resampled_t_test
from rpn_zoo.cross_validation.report import load_report
from rpn_zoo.cross_validation.results import FoldResult, summarize
from tests.training.command_line import REPOSITORY, CommandLine

RECIPE = """\
run: {name: fruit}
model:
  class_path: rpn_zoo.training.ClassificationTask
  init_args:
    network: {dims: [5, 2], layers: [{heads: [{bias: true}]}]}
    solver: {alpha: [0.1, 1.0, 10.0]}
data:
  class_path: rpn_zoo.data.Table
  init_args: {path: fruit.csv, target: kind, folds: 3, validation_fraction: 0.0}
"""


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    return CommandLine(tmp_path_factory.mktemp("home"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A recipe and a table in which one category is rare."""
    generator = np.random.default_rng(0)
    lines = ["mass,length,colour,kind"]
    for i in range(60):
        x = generator.normal(size=2)
        colour = "violet" if i == 7 else ("red" if i % 2 else "green")
        lines.append(f"{x[0]:.3f},{x[1]:.3f},{colour},{'pear' if x.sum() > 0 else 'apple'}")
    (tmp_path / "fruit.csv").write_text("\n".join(lines))
    (tmp_path / "fruit.yaml").write_text(RECIPE)
    return tmp_path


# --- the test ---------------------------------------------------------------------------------


def test_paired_test_against_its_formula() -> None:
    # From weka's documentation of the corrected test: J = 100 folds of 9 to 1.
    differences = np.random.default_rng(1).normal(0.02, 0.05, 100)
    found = corrected_resampled_t_test(differences.tolist(), 90, 10)
    error = math.sqrt((1 / 100 + 1 / 9) * differences.var(ddof=1))
    assert found.t == pytest.approx(differences.mean() / error)
    assert found.p == pytest.approx(2 * stats.t(99).sf(abs(found.t)))
    assert found.low == pytest.approx(differences.mean() - stats.t(99).ppf(0.975) * error)
    plain = stats.ttest_1samp(differences, 0.0)
    assert found.p > plain.pvalue  # it is the more careful of the two


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=30))
def test_paired_test_is_antisymmetric(differences: list[float]) -> None:
    one = corrected_resampled_t_test(differences, 9, 1)
    other = corrected_resampled_t_test([-d for d in differences], 9, 1)
    assert one.p == pytest.approx(other.p)
    assert one.difference == pytest.approx(-other.difference)
    assert one.low <= one.difference <= one.high
    assert 0 <= one.p <= 1


def test_paired_test_without_variance() -> None:
    assert corrected_resampled_t_test([0.0, 0.0], 9, 1).p == 1.0
    assert corrected_resampled_t_test([0.1, 0.1], 9, 1).p == 0.0
    with pytest.raises(ValueError, match="two or more"):
        corrected_resampled_t_test([0.1], 9, 1)
    with pytest.raises(ValueError, match="above 0"):
        corrected_resampled_t_test([0.1, 0.2], 0, 1)


def test_models_are_compared_on_the_same_folds_only() -> None:
    results = [
        FoldResult(model, 0, fold, 0.5, 9, 1, 0.0, 0.0)
        for model, fold in (("a", 0), ("a", 1), ("b", 0), ("b", 2))
    ]
    with pytest.raises(ValueError, match="b and a must be tested on the same folds"):
        summarize(results)


# --- baselines --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BASELINES)
def test_baselines_learn(name: str) -> None:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(90, 3))
    labels = (x[:, 0] + x[:, 1] > 0).astype(np.int64)
    model = BASELINES[name](Problem(2, 3, labels[:60], seed=0)).fit(x[:60], labels[:60])
    assert np.mean(model.predict(x[60:]) == labels[60:]) > 0.75
    y = 5000 + 700 * (x[:, 0] - 2 * x[:, 1])
    model = BASELINES[name](Problem(0, 3, y[:60], seed=0)).fit(x[:60], y[:60])
    assert np.sqrt(np.mean((model.predict(x[60:]) - y[60:]) ** 2)) < 0.6 * y.std()


def test_kan_is_the_same_for_the_same_seed() -> None:
    x = np.random.default_rng(0).normal(size=(40, 2))
    labels = (x[:, 0] > 0).astype(np.int64)
    one, two = (Kan(2, seed=3).fit(x, labels).network_.state_dict() for _ in range(2))
    assert all(bool((one[name] == two[name]).all()) for name in one)


# --- the command ------------------------------------------------------------------------------


@pytest.mark.xdist_group("cross-validate")
def test_command(cli: CommandLine, folder: Path) -> None:
    done = cli(
        "cross-validate", "--config", "fruit.yaml", "--seeds", "3", "4", "--baselines", "logistic",
        "--output", "out", cwd=folder,
    )  # fmt: skip
    assert done.status == 0, done.err
    assert "| fruit | 0." in done.out
    assert "| logistic regression | 0." in done.out
    assert "Nadeau" in done.out
    with (folder / "out" / "folds.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(r["model"], r["seed"], r["fold"]) for r in rows[:6]] == [
        ("fruit", str(seed), str(fold)) for seed in (3, 4) for fold in range(3)
    ]
    assert {r["model"] for r in rows} == {"fruit", "logistic regression"}
    report = load_report(folder / "out")
    assert (report.metric, report.folds, report.seeds) == ("accuracy", 3, (3, 4))
    assert sum(r.test_size for r in report.results if r.model == "fruit" and r.seed == 3) == 60
    own = [r.value for r in report.results if r.model == "fruit"]
    assert np.mean(own) > 0.8
    with (folder / "out" / "table.csv").open() as file:
        table = list(csv.DictReader(file))
    assert float(table[0]["accuracy"]) == pytest.approx(np.mean(own), abs=1e-6)
    assert 0 <= float(table[1]["p"]) <= 1
    again = cli(
        "cross-validate", "--config", "fruit.yaml", "--seeds", "3", "--output", "out", cwd=folder
    )
    assert again.status == 1
    assert "exists and is not empty" in again.err


@pytest.mark.xdist_group("cross-validate")
def test_gradient_training_and_regression(cli: CommandLine, folder: Path) -> None:
    text = RECIPE.replace("ClassificationTask", "RegressionTask")
    text = text.replace("    solver: {alpha: [0.1, 1.0, 10.0]}\n", "    optimizer: {lr: 0.1}\n")
    text = text.replace("target: kind", "target: mass, task: regression")
    text = text.replace("validation_fraction: 0.0", "validation_fraction: 0.2, split_seed: 1")
    # Inputs: length, two kinds and three colours. Where violet's only row is not among those of
    # training, a fold has one input less; the network of that fold is made for it.
    text = text.replace("[5, 2]", "[6, 1]") + "trainer: {max_epochs: 3}\n"
    (folder / "mass.yaml").write_text(text)
    done = cli(
        "cross-validate", "--config", "mass.yaml", "--seeds", "0", "--baselines", "none",
        "--folds", "2", "--output", "out", cwd=folder,
    )  # fmt: skip
    assert done.status == 0, done.err
    report = json.loads((folder / "out" / "report.json").read_text())
    assert report["metric"] == "rmse"
    assert [r["fold"] for r in report["results"]] == [0, 1]
    assert all(0 < r["value"] < 5 for r in report["results"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "arguments are required: data, model"),
        (("--config", str(REPOSITORY / "configs" / "mnist-dual-lphm.yaml")), "needs a table"),
        (("--config", "fruit.yaml", "--baselines", "svn"), "Did you mean svm"),
        (("--config", "fruit.yaml", "--folds", "1"), "folds must be an integer >= 2"),
        (("--config", "fruit.yaml", "--seeds", "1", "1"), "seeds must be different"),
        (("--config", "fruit.yaml", "--folds", "61"), "at most the number of rows, 60, got 61"),
        (("--config", "fruit.yaml", "--data.target", "king"), "Did you mean kind"),
    ],
)
def test_bad_use(cli: CommandLine, folder: Path, options: tuple[str, ...], message: str) -> None:
    done = cli("cross-validate", *options, cwd=folder)
    assert done.status in (1, 2)
    assert message in " ".join(done.err.split())
    assert not (folder / "runs").exists() or not any((folder / "runs").rglob("*.csv"))
