"""An entry whose figures are those of cross-validation, made by the real command line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from rpn_zoo.zoo import Zoo, verify
from rpn_zoo.zoo.pipeline import entry_pipeline
from rpn_zoo.zoo.reproduce import reproduce
from rpn_zoo.zoo.results import render_csv, render_table
from tests.training.command_line import CommandLine

NAME = "small-iris"
RECIPE = """\
run: {name: small-iris}
logger: {wandb: 'off'}
model:
  class_path: rpn_zoo.training.ClassificationTask
  init_args:
    network:
      dims: [4, 3]
      layers: [{heads: [{expansion: {name: taylor_expansion, d: 2}, bias: true}]}]
    solver: {alpha: 0.1}
data:
  class_path: rpn_zoo.data.Iris
  init_args: {folds: 3, fold: 1, validation_fraction: 0.0}
"""
FACTS = """
title: A small network
task: tabular-classification
source: {paper: A paper, figure: 1.0}
baselines: [{name: oracle, value: 1.0, note: by hand}]
"""


class Commands:
    """Runs the commands, with one baseline in place of all."""

    def __init__(self, folder: Path) -> None:
        self.cli = CommandLine(folder)
        self.folder = folder
        self.count = 0

    def __call__(self, command: Sequence[str]) -> int:
        self.count += 1
        more = ["--baselines", "logistic"] if "cross-validate" in command else []
        done = self.cli(*command[3:], *more, cwd=self.folder)
        assert done.status == 0, done.err
        return done.status


def test_a_cross_validated_entry(tmp_path: Path) -> None:
    zoo = Zoo(tmp_path / "checkpoints", tmp_path / "configs")
    (zoo.configs / "cards").mkdir(parents=True)
    zoo.checkpoints.mkdir()
    (zoo.configs / f"{NAME}.yaml").write_text(RECIPE)
    (zoo.configs / "cards" / f"{NAME}.yaml").write_text(FACTS)
    (tmp_path / "home").mkdir()
    runner, out = Commands(tmp_path / "home"), tmp_path / "out"
    card = reproduce(NAME, [0, 1], out, zoo=zoo, runner=runner)
    assert card == zoo.card(NAME)
    assert runner.count == 2

    found = card.cross_validation
    assert found is not None
    assert (found.folds, found.data, card.protocol) == (3, "Iris, 150 rows", "2 x 3 folds")
    assert card.split == "Iris, fold 2 of 3, seed 0, 100/0/50"
    assert [r.seed for r in card.seeds] == [0, 1]
    assert all(r.validation is None and 0.9 < r.test <= 1 for r in card.seeds)
    assert [b.name for b in card.baselines] == ["logistic regression", "oracle"]
    assert "corrected resampled t-test" in card.baselines[0].note
    assert card.command == f"python -m rpn_zoo.zoo.reproduce {NAME} --seeds 0 1"
    assert "scikit-learn" in card.versions

    folder = zoo.checkpoints / NAME
    assert sorted(p.name for p in folder.iterdir()) == [
        "README.md", "card.yaml", "model.safetensors", "seed-0.csv", "seed-1.csv",
    ]  # fmt: skip
    text = (folder / "README.md").read_text()
    assert "mean accuracy over 3 folds" in text
    assert f"over {len(card.seeds)} seeds of 3 folds" in text
    assert "2 x 3 folds" in render_table([card])
    assert f"{found.shipped_test}" in render_csv([card])

    # Its weights, from raw rows of the table to names of classes.
    pipeline = entry_pipeline(zoo.entry(NAME))
    data = zoo.entry(NAME).recipe.build_data()
    data.setup("test")  # type: ignore[no-untyped-call]
    rows, labels = data.split("test")  # type: ignore[attr-defined]
    names = [data.class_names[int(label)] for label in labels]  # type: ignore[attr-defined]
    accuracy = sum(a == b for a, b in zip(pipeline.predict(rows), names, strict=True)) / len(names)
    assert accuracy == pytest.approx(found.shipped_test)
    report = verify(NAME, zoo=zoo)
    assert report.ok
    assert "50 samples" in report.checks[-1].detail

    # Finished parts are not run again; those of another recipe are refused.
    again = reproduce(NAME, [0, 1], out, overwrite=True, zoo=zoo, runner=runner)
    assert (again, runner.count) == (card, 2)
    with pytest.raises(ValueError, match=r"of other seeds than \[0\]"):
        reproduce(NAME, [0], out, overwrite=True, zoo=zoo, runner=runner)
    (zoo.configs / f"{NAME}.yaml").write_text(RECIPE.replace("alpha: 0.1", "alpha: 0.2"))
    with pytest.raises(ValueError, match="another recipe"):
        reproduce(NAME, [0, 1], out, overwrite=True, zoo=zoo, runner=runner)


def test_a_failed_cross_validation(tmp_path: Path) -> None:
    zoo = Zoo(tmp_path / "checkpoints", tmp_path / "configs")
    (zoo.configs / "cards").mkdir(parents=True)
    zoo.checkpoints.mkdir()
    (zoo.configs / f"{NAME}.yaml").write_text(RECIPE)
    (zoo.configs / "cards" / f"{NAME}.yaml").write_text(FACTS)
    with pytest.raises(RuntimeError, match="cross-validation failed with exit status 3"):
        reproduce(NAME, [0], tmp_path / "out", zoo=zoo, runner=lambda command: 3)
    assert zoo.names() == []
