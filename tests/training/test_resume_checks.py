"""What is found out before a run begins or goes on: other runs, full disks, busy folders."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from rpn_zoo.data import MNIST
from rpn_zoo.differences import differences
from rpn_zoo.training import ClassificationTask, disk_space
from rpn_zoo.training.auto_resume import find_folder, is_locked, lock_folder, usable_checkpoint
from rpn_zoo.training.disk_space import check_disk_space
from rpn_zoo.training.interrupt import slurm_job
from rpn_zoo.training.resume import check_fits
from rpn_zoo.training.run_folder import RunConfig
from rpn_zoo.training.task import class_names

NETWORK: dict[str, Any] = {"dims": [784, 10]}


def checkpoint(task: ClassificationTask, data: MNIST) -> dict[str, Any]:
    return {
        "state_dict": task.state_dict(),
        "hyper_parameters": dict(task.hparams),
        "datamodule_hyper_parameters": dict(data.hparams),
        "classes": class_names(task, data),
    }


def save(folder: Path, name: str = "last") -> Path:
    file = folder / "checkpoints" / f"{name}.ckpt"
    file.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"state_dict": {"w": torch.ones(2)}}, file)
    return file


# --- does the checkpoint belong to the run? -------------------------------------------------------


def test_the_same_run_goes_on() -> None:
    task, data = ClassificationTask(NETWORK), MNIST(batch_size=64)
    same = ClassificationTask({"dims": [784, 10], "layers": [{"heads": [{"channels": 1}]}]})
    elsewhere = MNIST(batch_size=64, root="elsewhere", eval_batch_size=10)
    check_fits(Path("x"), checkpoint(task, data), same, elsewhere, training=True)


@pytest.mark.parametrize(
    ("task", "data", "message"),
    [
        (ClassificationTask({"dims": [784, 5, 10]}), MNIST(), r"network\.dims was \[784, 10\]"),
        (
            ClassificationTask(NETWORK, {"lr": 0.5}),
            MNIST(),
            r"optimizer\.lr was 0\.001, here",
        ),
        (
            ClassificationTask(NETWORK),
            MNIST(batch_size=32),
            r"data\.batch_size was 64, here",
        ),
        (ClassificationTask(NETWORK), MNIST(seed=5), r"data\.seed was None, here it is 5"),
    ],
)
def test_another_run_is_refused(task: ClassificationTask, data: MNIST, message: str) -> None:
    saved = checkpoint(ClassificationTask(NETWORK), MNIST())
    with pytest.raises(ValueError, match=rf"x is a checkpoint of another run: .*{message}"):
        check_fits(Path("x"), saved, task, data, training=True)


def test_to_evaluate_only_the_network_counts() -> None:
    saved = checkpoint(ClassificationTask(NETWORK), MNIST())
    other = ClassificationTask(NETWORK, {"lr": 0.5})
    check_fits(Path("x"), saved, other, MNIST(batch_size=7), training=False)
    wide = ClassificationTask({"dims": [784, 9, 10]})
    with pytest.raises(ValueError, match="use the config that it was trained with"):
        check_fits(Path("x"), saved, wide, MNIST(), training=False)


def test_other_kinds_are_named() -> None:
    saved = checkpoint(ClassificationTask(NETWORK), MNIST())
    saved["classes"] = {"task": "RegressionTask", "data": "CIFAR10"}
    with pytest.raises(ValueError, match=r"classes\.task was 'RegressionTask', here"):
        check_fits(Path("x"), saved, ClassificationTask(NETWORK), MNIST(), training=True)


def test_long_values_are_cut() -> None:
    (found,) = differences({"a": "x" * 100}, {"a": None})
    assert str(found) == "a was '" + "x" * 56 + "..., here it is None"


# --- which run does auto mean? --------------------------------------------------------------------


def test_auto_takes_the_newest_run_that_is_not_finished(tmp_path: Path) -> None:
    run = RunConfig("mnist", str(tmp_path))
    assert find_folder(run, {}) is None
    group = tmp_path / "mnist"
    save(group / "a")
    (group / "empty").mkdir()
    save(group / "z")
    (group / "z" / "metrics.json").touch()
    assert find_folder(run, {}) == group / "a"
    lock = lock_folder(group / "a")
    assert lock is not None
    assert is_locked(group / "a")
    assert find_folder(run, {}) is None
    with pytest.raises(FileExistsError, match="in use by another process"):
        lock_folder(group / "a")
    lock.release()
    assert not is_locked(group / "a")


def test_auto_with_a_folder_or_a_job(tmp_path: Path) -> None:
    assert find_folder(RunConfig(folder="mine"), {}) == Path("mine")
    job = {"SLURM_JOB_ID": "17", "SLURM_JOB_NAME": "train"}
    assert find_folder(RunConfig("mnist", "runs"), job) == Path("runs/mnist/job-17")
    array = {**job, "SLURM_ARRAY_JOB_ID": "16", "SLURM_ARRAY_TASK_ID": "2"}
    assert slurm_job(array) == "16_2"
    with pytest.raises(ValueError, match=r"several processes needs --run\.folder"):
        find_folder(RunConfig("mnist", str(tmp_path)), {"WORLD_SIZE": "2"})


def test_a_damaged_last_is_told_and_best_is_taken(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert usable_checkpoint(tmp_path) is None
    last, best = save(tmp_path), save(tmp_path, "best")
    assert usable_checkpoint(tmp_path) == last
    last.write_bytes(last.read_bytes()[:-30])
    with caplog.at_level(logging.WARNING):
        assert usable_checkpoint(tmp_path) == best
    assert "last.ckpt is not a checkpoint" in caplog.text
    assert "best.ckpt instead" in caplog.text
    best.write_bytes(b"")
    with pytest.raises(ValueError, match=r"last\.ckpt and .*best\.ckpt cannot be used"):
        usable_checkpoint(tmp_path)


# --- is there room? -------------------------------------------------------------------------------


def test_a_full_disk_is_told_beforehand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = nn.Linear(1000, 1000)
    check_disk_space(tmp_path, module)
    full = type("Usage", (), {"free": 30_000_000})
    monkeypatch.setattr(disk_space.shutil, "disk_usage", lambda _: full)  # type: ignore[attr-defined]
    with pytest.raises(OSError, match="has 30 MB free, checkpoints need about 36 MB"):
        check_disk_space(tmp_path, module)
