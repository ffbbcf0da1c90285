from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from lightning.pytorch.callbacks import RichProgressBar
from PIL import Image
from rich.console import Console

from rpn_zoo.training import ClassificationTask, RegressionTask, ScheduleConfig
from rpn_zoo.training.loggers import LoggingConfig, has_wandb_key
from rpn_zoo.training.plots import plot_confusion, plot_curves, read_metrics
from rpn_zoo.training.progress import PlainProgress, progress_callback
from rpn_zoo.training.report import RunResult, write_predictions, write_report
from rpn_zoo.zoo.run_metrics import load_metrics
from tests.training.data import make_values, quiet_trainer

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*LeafSpec", "ignore:.*does not have many workers", "ignore:Experiment logs directory"
)


def test_metrics_of_a_resumed_run_are_joined(tmp_path: Path) -> None:
    # Part 10 comes after part 9, and what was trained again after a resume counts.
    parts = {f"metrics.{i}.csv": f"epoch,step,val/loss\n{i},9,{i}\n" for i in range(1, 11)}
    parts["metrics.csv"] = "epoch,step,train/loss,val/loss\n10,9,,0.5\n10,9,0.25,\n11,9,,\n"
    for name, text in parts.items():
        (tmp_path / name).write_text(text)
    values = read_metrics(tmp_path)
    assert values["val/loss"] == {**{i: float(i) for i in range(1, 10)}, 10: 0.5}
    assert values["train/loss"] == {10: 0.25}
    assert read_metrics(tmp_path / "nowhere") == {}


def test_pictures(tmp_path: Path) -> None:
    (tmp_path / "metrics.csv").write_text(
        "epoch,train/loss,val/loss,val/accuracy\n0,2,3,0.1\n1,1,2,0.2\n"
    )
    counts = np.array([[5, 1, 0], [0, 0, 0], [2, 0, 9]])  # a class without samples as well
    curves = plot_curves(tmp_path, ["loss", "accuracy"], "a run")
    confusion = plot_confusion(tmp_path, counts, ["red", "green", "blue"], "a run")
    for path in (curves, confusion):
        with Image.open(path) as picture:
            assert picture.format == "PNG"
            assert min(picture.size) > 400


def test_predictions_of_a_classifier(tmp_path: Path) -> None:
    outputs = torch.tensor([[0.25, 0.75], [0.5, 0.5]])
    assert write_predictions(tmp_path / "p.csv", outputs, ["no, never", "yes"]) == 2
    with (tmp_path / "p.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [
        ["sample", "class", "p(no, never)", "p(yes)"],
        ["0", "yes", "0.25", "0.75"],
        ["1", "no, never", "0.5", "0.5"],
    ]


def test_predictions_of_a_regression(tmp_path: Path) -> None:
    assert write_predictions(tmp_path / "p.csv", torch.tensor([[1.5, -2.0]]), []) == 1
    assert (tmp_path / "p.csv").read_text().split() == ["sample,y0,y1", "0,1.5,-2"]


def test_report_of_a_regression(tmp_path: Path) -> None:
    data = make_values()
    task = RegressionTask({"dims": [4, 2]}, schedule=ScheduleConfig("constant"))
    figures = quiet_trainer().test(task, data, verbose=False)[0]
    test = {name.split("/")[1]: value for name, value in figures.items()}
    result = RunResult("tiny", 3, 1, 1, 0.5, test, test, "rpn-zoo fit")
    (tmp_path / "metrics.csv").write_text("epoch,train/loss,val/loss,val/rmse\n0,2,3,1\n")
    for _ in range(2):
        write_report(tmp_path, task, data, result)
    metrics = load_metrics(tmp_path)
    assert (metrics.task, metrics.metric, metrics.test) == ("regression", "rmse", test)
    assert metrics.data.name == "Arrays"
    assert not (tmp_path / "confusion.png").exists()
    for name in ("model.1.safetensors", "metrics.1.json", "curves.1.png"):
        assert (tmp_path / name).is_file()  # the first report was not overwritten
    assert json.loads((tmp_path / "metrics.1.json").read_text())["seed"] == 3


def test_plain_progress() -> None:
    text = io.StringIO()
    progress = PlainProgress(Console(file=text, soft_wrap=True, width=40))
    metrics = {
        "val/accuracy": 0.5, "train/loss": 1.25, "val/loss": 0.125, "lr": 9.0, "train/accuracy": 1.0
    }  # fmt: skip
    trainer = SimpleNamespace(
        is_global_zero=True, max_epochs=30, current_epoch=4,
        callback_metrics={name: torch.tensor(value) for name, value in metrics.items()},
    )  # fmt: skip
    task = ClassificationTask({"dims": [2, 2]})
    progress.on_train_epoch_start(trainer, task)  # type: ignore[arg-type]
    progress.on_train_epoch_end(trainer, task)  # type: ignore[arg-type]
    assert text.getvalue() == (
        "epoch 5/30  train/accuracy 1.0000  train/loss 1.2500  val/accuracy 0.5000  "
        "val/loss 0.1250  0.0 s\n"
    )
    trainer.max_epochs, trainer.is_global_zero = -1, False
    progress.on_train_epoch_end(trainer, task)  # type: ignore[arg-type]
    assert text.getvalue().count("\n") == 1  # other processes are silent
    trainer.is_global_zero = True
    progress.on_train_epoch_end(trainer, task)  # type: ignore[arg-type]
    assert "epoch 5/?" in text.getvalue()


def test_bar_on_terminals_only() -> None:
    assert isinstance(progress_callback(io.StringIO()), PlainProgress)
    terminal = SimpleNamespace(isatty=lambda: True)
    assert isinstance(progress_callback(terminal), RichProgressBar)


@pytest.fixture
def no_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A user without a key; the place of the netrc file."""
    for name in ("WANDB_API_KEY", "WANDB_BASE_URL", "NETRC"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path / ".netrc"


def test_key_in_the_environment(no_key: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not has_wandb_key()
    monkeypatch.setenv("WANDB_API_KEY", "")
    assert not has_wandb_key()
    monkeypatch.setenv("WANDB_API_KEY", "x" * 40)
    assert has_wandb_key()


def test_key_in_netrc(no_key: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    no_key.write_text("machine api.wandb.ai\n  login user\n  password secret\n")
    no_key.chmod(0o600)
    assert has_wandb_key()
    monkeypatch.setenv("WANDB_BASE_URL", "https://wandb.example.org/api")
    assert not has_wandb_key()
    other = no_key.with_name("other")
    other.write_text("machine wandb.example.org login user password secret\n")
    other.chmod(0o600)
    monkeypatch.setenv("NETRC", str(other))
    assert has_wandb_key()
    other.write_text("this is no netrc file\n")
    assert not has_wandb_key()


def test_logging_config(no_key: Path, tmp_path: Path) -> None:
    assert LoggingConfig(False).wandb == "off"  # type: ignore[arg-type]
    with pytest.raises(
        ValueError, match=r"logger\.wandb must be one of auto, online, offline, off"
    ):
        LoggingConfig("on")  # type: ignore[arg-type]
    (tmp_path / "metrics.csv").write_text("epoch\n")
    (logger,) = LoggingConfig().build(tmp_path, "run")
    logger.log_metrics({"a": 1.0}, 0)
    logger.save()
    assert (tmp_path / "metrics.1.csv").read_text() == "epoch\n"
    assert (tmp_path / "metrics.csv").is_file()
    with pytest.raises(ValueError, match=r"no key is configured: .*--logger\.wandb=offline"):
        LoggingConfig("online").build(tmp_path, "run")
