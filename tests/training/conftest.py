"""Runs of the command line that several tests look at, made once for the whole session."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.training.command_line import CONFIG, CommandLine, Outcome

# A few batches of the shipped digits: enough to see whether two runs are the same.
SMALL = (
    "--config", str(CONFIG), "--data.source=subset", "--trainer.limit_train_batches=4",
    "--trainer.limit_val_batches=1", "--trainer.limit_test_batches=1",
)  # fmt: skip
QUICK = ("fit", "--config", str(Path(__file__).with_name("small.yaml")))
KILLER = """\
import os
from lightning.pytorch import Callback

class Kill(Callback):
    def on_train_epoch_start(self, trainer, pl_module):
        if trainer.current_epoch == 2:
            os._exit(17)
"""
Make = Callable[[Path], Outcome]
Shared = Callable[[str, Make], tuple[Path, Outcome]]


@pytest.fixture(scope="session")
def cli(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    return CommandLine(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Shared:
    """Makes a run in a folder of its own unless another worker of this session has made it."""
    base = tmp_path_factory.getbasetemp()
    root = (base if worker_id == "master" else base.parent) / "shared"
    root.mkdir(exist_ok=True)

    def run(name: str, make: Make) -> tuple[Path, Outcome]:
        folder, result = root / name, root / f"{name}.json"
        with (root / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not result.exists():
                folder.mkdir()
                result.write_text(json.dumps(vars(make(folder))))
            return folder, Outcome(**json.loads(result.read_text()))

    return run


@pytest.fixture(scope="session")
def finished(cli: CommandLine, shared: Shared) -> tuple[Path, Outcome]:
    """The flagship, trained for 2 epochs by the installed command: run folder and outcome."""

    def make(cwd: Path) -> Outcome:
        return cli.installed(
            "fit", "--config", CONFIG, "--data.source=subset", "--trainer.max_epochs=2", cwd=cwd
        )

    cwd, outcome = shared("finished", make)
    assert outcome.status == 0, outcome.err
    (folder,) = (cwd / "runs" / "mnist-dual-lphm").iterdir()
    return folder, outcome


@pytest.fixture(scope="session")
def whole(cli: CommandLine, shared: Shared) -> Path:
    """The run folder of 4 short epochs in one go."""

    def make(cwd: Path) -> Outcome:
        return cli("fit", *SMALL, "--trainer.max_epochs=4", "--run.folder=run",
                   "--logger.wandb=off", cwd=cwd)  # fmt: skip

    cwd, outcome = shared("whole", make)
    assert outcome.status == 0, outcome.err
    return cwd / "run"


@pytest.fixture(scope="session")
def killed(cli: CommandLine, shared: Shared) -> Path:
    """The run folder of the same 4 epochs, killed without warning when the third begins."""

    def make(cwd: Path) -> Outcome:
        (cwd / "killer.py").write_text(KILLER)
        return cli("fit", *SMALL, "--trainer.max_epochs=4", "--run.folder=run",
                   "--logger.wandb=offline", "--trainer.callbacks+=killer.Kill",
                   cwd=cwd, PYTHONPATH=str(cwd))  # fmt: skip

    cwd, outcome = shared("killed", make)
    assert outcome.status == 17, outcome.err
    return cwd / "run"
