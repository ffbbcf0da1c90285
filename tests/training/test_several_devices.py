"""Several processes from the command line: started by Lightning, by torchrun, by SLURM."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from rpn_zoo.training.plots import read_metrics
from rpn_zoo.zoo.run_metrics import load_metrics
from tests.training.command_line import CommandLine, Outcome
from tests.training.conftest import SMALL, Shared
from tests.training.processes import in_processes, start

COMMAND = ("fit", *SMALL, "--trainer.max_epochs=4", "--run.folder=run")
TWO = ("--trainer.accelerator=cpu", "--trainer.devices=2", "--trainer.strategy=ddp")
TORCHRUN = (
    "-m", "torch.distributed.run", "--nproc-per-node=2", "--rdzv-backend=c10d",
    "--rdzv-endpoint=localhost:0",
)  # fmt: skip


@pytest.fixture(scope="module")
def by_two(
    shared: Shared, killed: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Outcome]:
    """A run that one process began and was killed in, ended by two that Lightning started."""

    home = tmp_path_factory.mktemp("home")

    def make(cwd: Path) -> Outcome:
        shutil.copytree(killed, cwd / "run")
        return start(cwd, home, "-m", "rpn_zoo.cli", *COMMAND, *TWO, "--logger.wandb=offline",
                     "--ckpt_path=last")  # fmt: skip

    cwd, outcome = shared("by_two", make)
    assert outcome.status == 0, outcome.err
    return cwd / "run", outcome


def test_is_the_run_of_one_process(by_two: tuple[Path, Outcome], whole: Path) -> None:
    folder, _ = by_two
    ours, theirs = (load_file(path / "model.safetensors") for path in (folder, whole))
    assert ours.keys() == theirs.keys()
    for name, tensor in ours.items():
        torch.testing.assert_close(tensor, theirs[name], rtol=0, atol=2e-5)
    found, expected = load_metrics(folder), load_metrics(whole)
    assert found.test["accuracy"] == pytest.approx(expected.test["accuracy"], abs=2e-3)
    assert found.test["loss"] == pytest.approx(expected.test["loss"], abs=1e-4)
    curves, wanted = read_metrics(folder)["train/loss"], read_metrics(whole)["train/loss"]
    assert curves == pytest.approx(wanted, abs=1e-4)


def test_says_everything_once(by_two: tuple[Path, Outcome]) -> None:
    _, outcome = by_two
    text = " ".join(outcome.out.split())
    assert (
        "devices: 2 x cpu, strategy ddp (gloo), batch 256 (128 per device), precision 32-true"
    ) in text
    for said in ("devices:", "9,330 parameters", "epoch 4/4", "test accuracy"):
        assert text.count(said) == 1
    assert outcome.err.count("10,000 digits") == 1
    assert "Traceback" not in outcome.err


def test_one_folder_and_one_wandb_run(by_two: tuple[Path, Outcome]) -> None:
    folder, _ = by_two
    assert [path.name for path in folder.parent.iterdir() if path.is_dir()] == ["run"]
    identity = json.loads((folder / "run.json").read_text())["wandb_id"]
    runs = sorted(folder.glob("wandb/offline-run-*"))
    assert len(runs) == 2  # of the killed job and of this one, which go by one name
    assert {path.name.rsplit("-", 1)[1] for path in runs} == {identity}
    files = [path.stem for run in runs for path in run.glob("*.wandb")]
    assert files == [f"run-{identity}"] * 2
    assert not list(folder.parent.glob("wandb"))


def test_torchrun(by_two: tuple[Path, Outcome], tmp_path: Path) -> None:
    folder, _ = by_two
    options = ("--config", SMALL[1], "--data.source=subset", "--run.folder", str(folder))
    checkpoint = f"--ckpt_path={folder}/checkpoints/best.ckpt"
    outcome = start(
        tmp_path, tmp_path, *TORCHRUN, "-m", "rpn_zoo.cli", "predict", *options, *TWO, checkpoint
    )
    assert outcome.status == 0, outcome.err
    assert outcome.out.count("1,000 predictions are in") == 1
    with (folder / "predictions.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["sample"]) for row in rows] == list(range(1000))


def test_slurm(tmp_path: Path) -> None:
    results: dict[int, list[Any]] = in_processes(
        "tests.training.commands:as_slurm_task", [1, 2], tmp_path
    )
    assert all(result["statuses"] == [0, 0] for group in results.values() for result in group)
    (alone,), together = results[1], results[2]
    for rank, found in enumerate(together[0]["found"]):
        assert found == {"requeue": True, "job": 4711, "rank": rank}
    assert len(together[0]["found"]) == 2
    expected, given = (
        [[float(cell) for cell in line.split(",")] for line in text.splitlines()[1:]]
        for text in (alone["predictions"], together[0]["predictions"])
    )
    torch.testing.assert_close(torch.tensor(given), torch.tensor(expected), rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--trainer.strategy=dpp"], "unknown trainer.strategy 'dpp'. Did you mean ddp"),
        (
            [*TWO, "--data.batch_size=1"],
            "batch_size must be at least the number of processes, 2, got 1",
        ),
    ],
)
def test_bad_options(cli: CommandLine, tmp_path: Path, arguments: list[str], message: str) -> None:
    outcome = cli("fit", *SMALL, *arguments, cwd=tmp_path)
    assert outcome.status in (1, 2)
    assert message in " ".join(outcome.err.split())
    assert "Traceback" not in outcome.err
    assert not (tmp_path / "runs").exists()


def test_precision_and_accumulation_from_the_config(cli: CommandLine, tmp_path: Path) -> None:
    config = tmp_path / "mixed.yaml"
    config.write_text("trainer: {precision: bf16-mixed, accumulate_grad_batches: 2}\n")
    outcome = cli("fit", *SMALL, "--config", config, "--trainer.max_epochs=3",
                  "--logger.wandb=off", "--run.folder=run", cwd=tmp_path)  # fmt: skip
    assert outcome.status == 0, outcome.err
    shown = "batch 256, 2 batches per optimiser step, precision bf16-mixed"
    assert f"devices: 1 x cpu, {shown}" in " ".join(outcome.out.split())
    state = torch.load(tmp_path / "run" / "checkpoints" / "last.ckpt", weights_only=True)
    assert state["global_step"] == 6  # 3 epochs of 4 batches
    assert all(tensor.dtype == torch.float32 for tensor in state["state_dict"].values())
    losses = read_metrics(tmp_path / "run")["train/loss"]
    assert losses[2] < losses[0]
