"""`rpn-zoo test`, `validate` and `predict` with the checkpoints of a finished run."""

from __future__ import annotations

import csv
import re
import shutil
from pathlib import Path

import pytest

from rpn_zoo.data.subset import load_subset_splits
from rpn_zoo.zoo.run_metrics import load_metrics
from tests.training.command_line import CONFIG, CommandLine, Outcome

DATA = ("--config", CONFIG, "--data.source=subset")


def shown(outcome: Outcome, name: str) -> float:
    """A figure of the printed table."""
    assert outcome.status == 0, outcome.err
    match = re.search(rf"{name}\D+([0-9.]+)", outcome.out)
    assert match, outcome.out
    return float(match[1])


def test_validate_and_test(
    finished: tuple[Path, Outcome], cli: CommandLine, tmp_path: Path
) -> None:
    folder, _ = finished
    metrics = load_metrics(folder)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    tested = cli("test", *DATA, "--ckpt_path=best", f"--run.folder={folder}", cwd=tmp_path)
    assert shown(tested, "test/accuracy") == pytest.approx(metrics.test["accuracy"], abs=1e-4)
    file = folder / "checkpoints" / "best.ckpt"
    validated = cli(
        "validate", "--config", folder / "config.yaml", "--ckpt_path", file, cwd=tmp_path
    )
    expected = metrics.validation["accuracy"]
    assert shown(validated, "val/accuracy") == pytest.approx(expected, abs=1e-4)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before
    assert list(tmp_path.iterdir()) == []  # to measure is not to write


def test_predict(finished: tuple[Path, Outcome], cli: CommandLine, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(finished[0], folder)
    metrics = load_metrics(folder)
    outcome = cli("predict", *DATA, "--ckpt_path=best", f"--run.folder={folder}", cwd=tmp_path)
    assert outcome.status == 0, outcome.err
    assert outcome.lines[-1] == f"1,000 predictions are in {folder}/predictions.csv"
    with (folder / "predictions.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["sample"]) for row in rows] == list(range(1000))
    names = [f"p({i})" for i in range(10)]
    for row in rows:
        probabilities = [float(row[name]) for name in names]
        assert sum(probabilities) == pytest.approx(1.0, abs=1e-5)
        assert f"p({row['class']})" == max(names, key=lambda name: float(row[name]))
    labels = load_subset_splits().parts["test"][1].tolist()  # rows are in the order of the data
    right = sum(int(row["class"]) == label for row, label in zip(rows, labels, strict=True))
    assert right / 1000 == pytest.approx(metrics.test["accuracy"], abs=1e-6)

    first = (folder / "predictions.csv").read_bytes()
    checkpoint = folder / "checkpoints" / "last.ckpt"
    again = cli("predict", *DATA, "--ckpt_path", checkpoint, cwd=tmp_path)
    assert again.status == 0, again.err
    assert (folder / "predictions.1.csv").read_bytes() == first
    assert len((folder / "predictions.csv").read_text().splitlines()) == 1001
