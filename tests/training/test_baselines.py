"""A data module's simple baselines are printed and kept beside a run's own figures."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from rpn_zoo.data import TimeSeries
from rpn_zoo.zoo.run_metrics import load_metrics
from tests.training.command_line import CommandLine


@pytest.fixture
def config(tmp_path: Path) -> dict[str, Any]:
    rows = [f"{t},{math.sin(t / 3)},{math.cos(t / 5) * 10}" for t in range(120)]
    (tmp_path / "waves.csv").write_text("\n".join(["t,a,b", *rows]))
    return {
        "run": {"name": "waves"},
        "model": {
            "class_path": "rpn_zoo.training.RegressionTask",
            "init_args": {"network": {"dims": [8, 2]}},
        },
        "data": {
            "class_path": "rpn_zoo.data.TimeSeries",
            "init_args": {"path": "waves.csv", "x_len": 8, "y_len": 2},
        },
        "trainer": {"max_epochs": 2},
    }


def test_shown_and_kept(config: dict[str, Any], cli: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "waves.yaml").write_text(yaml.safe_dump(config))
    options = ("--config", "waves.yaml", "--run.folder=run", "--logger.wandb=off")
    outcome = cli("fit", *options, cwd=tmp_path)
    assert outcome.status == 0, outcome.err
    data = TimeSeries(str(tmp_path / "waves.csv"), x_len=8, y_len=2)
    data.setup()
    expected = data.baselines()
    kept = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert kept["baselines"] == {name: pytest.approx(f) for name, f in expected.items()}
    assert kept["data"]["split"] == data.split_name
    assert load_metrics(tmp_path / "run").metric == "rmse"
    shown = re.fullmatch(
        r"for comparison, test rmse of simple baselines: last value (\S+), "
        r"least-squares AR\(8\) (\S+)",
        outcome.lines[-1],
    )
    assert shown, outcome.out
    values = [figures["rmse"] for figures in expected.values()]
    assert [float(text) for text in shown.groups()] == pytest.approx(values, rel=1e-3)


@pytest.mark.parametrize(
    ("dims", "words"),
    [
        ([9, 2], "network.dims[0] must be 8, the number of features of TimeSeries, got 9"),
        ([8, 3], "network.dims[-1] must be 2, the number of targets of TimeSeries, got 3"),
    ],
)
def test_widths_that_do_not_fit(
    config: dict[str, Any], cli: CommandLine, tmp_path: Path, dims: list[int], words: str
) -> None:
    config["model"]["init_args"]["network"]["dims"] = dims
    (tmp_path / "waves.yaml").write_text(yaml.safe_dump(config))
    outcome = cli("fit", "--config", "waves.yaml", "--logger.wandb=off", cwd=tmp_path)
    assert outcome.status != 0
    assert words in " ".join(outcome.err.split())
