"""A run that was killed and resumed is the run that was not killed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from rpn_zoo.training.plots import read_metrics
from rpn_zoo.zoo.run_metrics import load_metrics
from tests.training.command_line import CommandLine, Outcome
from tests.training.conftest import SMALL, Shared


@pytest.fixture(scope="session")
def resumed(cli: CommandLine, shared: Shared, killed: Path) -> Path:
    def make(cwd: Path) -> Outcome:
        shutil.copytree(killed, cwd / "run")
        return cli("fit", *SMALL, "--trainer.max_epochs=4", "--run.folder=run",
                   "--logger.wandb=offline", "--ckpt_path", "last", cwd=cwd)  # fmt: skip

    cwd, outcome = shared("resumed", make)
    assert outcome.status == 0, outcome.err
    assert [line.split()[1] for line in outcome.lines if line.startswith("epoch")] == ["3/4", "4/4"]
    return cwd / "run"


def test_a_killed_run_has_no_figures(killed: Path) -> None:
    assert (killed / "checkpoints" / "last.ckpt").is_file()
    assert (killed / "config.yaml").is_file()
    assert not (killed / "metrics.json").exists()
    assert not (killed / "model.safetensors").exists()


def test_same_weights(whole: Path, resumed: Path) -> None:
    ours, theirs = (load_file(folder / "model.safetensors") for folder in (resumed, whole))
    assert ours.keys() == theirs.keys()
    for name, tensor in ours.items():
        torch.testing.assert_close(tensor, theirs[name], rtol=0, atol=1e-6)
    for name in ("validation", "test", "best_epoch"):
        a, b = (getattr(load_metrics(folder), name) for folder in (resumed, whole))
        assert a == pytest.approx(b, abs=1e-6)


def test_same_optimizer_and_schedule(whole: Path, resumed: Path) -> None:
    a, b = (
        torch.load(folder / "checkpoints" / "last.ckpt", weights_only=True)
        for folder in (resumed, whole)
    )
    assert a["epoch"] == b["epoch"] == 3
    assert a["global_step"] == b["global_step"] == 16
    for key in ("_last_lr", "total_steps", "last_epoch"):
        assert a["lr_schedulers"][0][key] == b["lr_schedulers"][0][key]
    moments = [state["optimizer_states"][0]["state"] for state in (a, b)]
    torch.testing.assert_close(*moments, rtol=0, atol=1e-6)


def test_the_history_is_whole(whole: Path, resumed: Path) -> None:
    assert (resumed / "metrics.1.csv").is_file()
    ours, theirs = read_metrics(resumed), read_metrics(whole)
    for name in ("train/loss", "train/accuracy", "val/loss", "val/accuracy"):
        assert list(ours[name]) == [0, 1, 2, 3]
        assert ours[name] == pytest.approx(theirs[name], abs=1e-6)


def test_one_wandb_run(killed: Path, resumed: Path) -> None:
    first, second = (json.loads((f / "run.json").read_text()) for f in (killed, resumed))
    assert first == second
    runs = [path.stem for path in resumed.glob("wandb/offline-run-*/run-*.wandb")]
    assert runs
    assert set(runs) == {f"run-{first['wandb_id']}"}


def test_another_length_is_refused(cli: CommandLine, killed: Path, tmp_path: Path) -> None:
    shutil.copytree(killed, tmp_path / "run")
    outcome = cli("fit", *SMALL, "--trainer.max_epochs=6", "--run.folder=run",
                  "--logger.wandb=off", "--ckpt_path=last", cwd=tmp_path)  # fmt: skip
    assert outcome.status == 1
    assert "laid out for 16 steps, this run has 24" in " ".join(outcome.err.split())
    assert "Traceback" not in outcome.err
