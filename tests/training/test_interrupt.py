"""Real signals to real runs: what is saved, how they end, and how they go on."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from rpn_zoo.differences import differences
from tests.training.command_line import REPOSITORY, clean_environment
from tests.training.kill_resume import COMPARED, CONFIG, kill_and_resume

FIT = [sys.executable, "-m", "rpn_zoo.cli", "fit", "--config", str(CONFIG), "--ckpt_path=auto",
       "--trainer.limit_train_batches=60", "--trainer.max_epochs=2"]  # fmt: skip
SLURM = {"SLURM_JOB_ID": "17", "SLURM_JOB_NAME": "train", "SLURM_NTASKS": "1",
         "SLURM_PROCID": "0", "SLURM_LOCALID": "0", "SLURM_NODEID": "0"}  # fmt: skip


def environment(home: Path, **more: str) -> dict[str, str]:
    return clean_environment(home, PYTHONPATH=str(REPOSITORY), **more)


def load(checkpoint: Path) -> dict[str, Any]:
    content: dict[str, Any] = torch.load(checkpoint, weights_only=True)
    return content


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("whole")
    subprocess.run([*FIT, "--run.folder=run"], cwd=folder, env=environment(folder), check=True)
    return load(folder / "run" / "checkpoints" / "last.ckpt")


def stopped_by(
    number: signal.Signals, cwd: Path, run: Path, options: Sequence[str] = (), **more: str
) -> tuple[int, str]:
    """Start a run, send the signal in the first epoch; exit status and standard error.

    The training batches are held up, so that the signal comes among them.
    """
    slow = cwd / "sitecustomize.py"
    slow.write_text(
        "import time\n"
        "from rpn_zoo.training import task\n"
        "step = task.Task.training_step\n"
        "def held_up(*arguments):\n"
        "    open('training', 'w').close()\n"
        "    time.sleep(0.05)\n"
        "    return step(*arguments)\n"
        "task.Task.training_step = held_up\n"
    )
    variables = environment(cwd, **more)
    variables["PYTHONPATH"] = os.pathsep.join([str(cwd), variables["PYTHONPATH"]])
    options = list(options) if "SLURM_JOB_ID" in more else [f"--run.folder={run}", *options]
    process = subprocess.Popen(
        [*FIT, *options],
        cwd=cwd, env=variables, stderr=subprocess.PIPE, text=True, start_new_session=True,
        # In the background SIGINT may be ignored, which processes inherit.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    deadline = time.monotonic() + 120
    while not (cwd / "training").exists():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.killpg(process.pid, number)  # as a terminal does, to all processes of the command
    err = process.communicate(timeout=120)[1]
    slow.unlink()
    return process.returncode, err


def progress(checkpoint: dict[str, Any]) -> int:
    """Batches of the epoch that are done."""
    done: int = checkpoint["loops"]["fit_loop"]["epoch_loop.batch_progress"]["current"]["ready"]
    return done


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_stopped_run_goes_on_as_if_it_had_not_been(
    tmp_path: Path, whole: dict[str, Any], number: signal.Signals, status: int
) -> None:
    returned, err = stopped_by(number, tmp_path, tmp_path / "run")
    assert returned == status, err
    assert "Traceback" not in err
    assert f"stopped by {number.name} in epoch 1" in " ".join(err.split())
    assert "go on with --ckpt_path auto" in " ".join(err.split())
    last = tmp_path / "run" / "checkpoints" / "last.ckpt"
    assert 0 < progress(load(last)) < 60
    subprocess.run(
        [*FIT, f"--run.folder={tmp_path / 'run'}"],
        cwd=tmp_path, env=environment(tmp_path), check=True,
    )  # fmt: skip
    ended = load(last)
    for key in COMPARED:
        assert not list(differences(whole[key], ended[key], key))


def test_a_slurm_job_is_queued_again_in_its_first_run(tmp_path: Path) -> None:
    scontrol = tmp_path / "bin" / "scontrol"
    scontrol.parent.mkdir()
    scontrol.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/asked\n')
    scontrol.chmod(scontrol.stat().st_mode | stat.S_IXUSR)
    path = os.pathsep.join([str(scontrol.parent), os.environ["PATH"]])
    run = tmp_path / "runs" / "kill-resume" / "job-17"
    status, err = stopped_by(signal.SIGUSR1, tmp_path, run, PATH=path, **SLURM)
    assert status == 0, err
    assert "the job is queued again" in " ".join(err.split())
    assert (tmp_path / "asked").read_text().split() == ["requeue", "17"]
    done = progress(load(run / "checkpoints" / "last.ckpt"))
    assert 0 < done < 60
    (tmp_path / "training").unlink()
    status, err = stopped_by(signal.SIGUSR1, tmp_path, run, PATH=path, **SLURM)
    assert status == 0, err
    assert progress(load(run / "checkpoints" / "last.ckpt")) > done


def test_several_processes_stop_after_the_same_batch(tmp_path: Path) -> None:
    two = ["--trainer.accelerator=cpu", "--trainer.devices=2", "--trainer.strategy=ddp"]
    returned, err = stopped_by(signal.SIGINT, tmp_path, tmp_path / "run", two)
    assert returned == 130, err
    last = tmp_path / "run" / "checkpoints" / "last.ckpt"
    saved = load(last)
    assert 0 < progress(saved) < 60
    assert all(len(state) == 2 for state in saved["random_states"])
    subprocess.run(
        [*FIT, f"--run.folder={tmp_path / 'run'}", *two],
        cwd=tmp_path, env=environment(tmp_path), check=True,
    )  # fmt: skip
    assert load(last)["epoch"] == 1


def test_kill_at_any_moment(tmp_path: Path) -> None:
    report = kill_and_resume(tmp_path, times=2, seed=1, steps=40)
    assert report.kills == 2
    assert report.difference is None
