"""Bad input on the command line: one paragraph that names the thing and what is allowed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch

from rpn_zoo.cli import main
from rpn_zoo.training import ClassificationTask
from rpn_zoo.version import __version__
from tests.training.command_line import CONFIG, CommandLine, Outcome
from tests.training.conftest import QUICK, SMALL

Words = tuple[str, ...]


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    return CommandLine(tmp_path_factory.mktemp("home"))


def refused(outcome: Outcome, status: int, *words: str) -> None:
    """Check that the error is one readable paragraph with these words."""
    text = " ".join(outcome.err.split())
    assert outcome.status == status, outcome.err
    assert text.count("rpn-zoo: error: ") == 1
    message = text.split("rpn-zoo: error: ")[1]
    for word in words:
        assert word in message
    assert len(message) < 700
    for noise in ("Traceback", "Namespace", "<class", "Union subtypes", "usage:"):
        assert noise not in text


# What is wrong in the config file, as (text, replacement), the exit status, and what is said.
CONFIGS: dict[str, tuple[str, str, int, Words]] = {
    "unknown function": (
        "taylor_expansion", "tailor_expansion", 1,
        ("unknown function 'tailor_expansion'", "Did you mean taylor_expansion"),
    ),
    "unknown option of a function": (
        "d: 2", "dd: 2", 1, ("taylor_expansion has no argument 'dd'", "Did you mean d?"),
    ),
    "p that does not divide": (
        "p: 8, q: 784", "p: 7, q: 784", 1,
        ("p must divide n = 64, got p = 7", "allowed: 1, 2, 4, 8, 16, 32, 64"),
    ),
    "unknown key of the task": ("label_smoothing", "label_smothing", 2, ("'label_smothing'",)),
    "unknown key of the network": ("- heads:", "- haeds:", 2, ("network.layers", "'haeds'")),
    "unknown key at the top": ("run:", "rum:", 2, ("'rum.name'",)),
    "unknown task": ("ClassificationTask", "ClassificationTusk", 2, ("'ClassificationTusk'",)),
    "no YAML": ("run:\n", "run: [1, 2\n", 2, ("did not find expected",)),
    "unknown schedule": (
        "name: one_cycle", "name: linear", 2,
        ("model.schedule.name", "'constant', 'one_cycle', 'cosine', 'exponential'", "linear"),
    ),
    "wrong input width": (
        "dims: [784,", "dims: [392,", 1, ("network.dims[0] must be 784",),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CONFIGS)
def test_bad_config(case: str, cli: CommandLine, tmp_path: Path) -> None:
    old, new, status, words = CONFIGS[case]
    text = CONFIG.read_text()
    assert old in text
    # q has to follow the width, for the width to be what is wrong.
    text = text.replace(old, new).replace("q: 784", "q: 392" if "392" in new else "q: 784")
    (tmp_path / "bad.yaml").write_text(text)
    options = ("--data.source=subset", "--logger.wandb=off", "--trainer.max_epochs=1")
    refused(cli("fit", "--config=bad.yaml", *options, cwd=tmp_path), status, *words)


OPTIONS: dict[str, tuple[Words, int, Words]] = {
    "unknown option": (("--nonsense",), 2, ("--nonsense", "rpn-zoo fit --help")),
    "prefix of an option": (("--trainer.max_epoch=1",), 2, ("--trainer.max_epoch=1",)),
    "negative rate": (("--model.optimizer.lr=-1",), 1, ("optimizer.lr must be > 0, got -1.0",)),
    "rate of text": (
        ("--model.optimizer.lr=fast",), 2, ("model.optimizer.lr", "float", "fast"),
    ),
    "unknown optimiser": (
        ("--model.optimizer.name=adamv",), 2, ("model.optimizer.name", "'adamw'", "adamv"),
    ),
    "option of another optimiser": (
        ("--model.optimizer.options={momentum: 1}",), 1, ("momentum", "do not fit adamw"),
    ),
    "endless one_cycle": (
        ("--trainer.max_epochs=-1",), 1, ("one_cycle", "set trainer.max_epochs"),
    ),
    "batch of none": (("--data.batch_size=0",), 1, ("batch_size must be an integer >= 1, got 0",)),
    "unknown source": (
        ("--data.source=sub",), 1, ("source must be one of auto, full, subset", "'sub'"),
    ),
    "no data": (
        ("--data.source=auto", "--data.root=/nonexistent", "--data.download=false"), 1,
        ("root='/nonexistent' does not hold MNIST", "RPN_ZOO_DATA"),
    ),
    "no checkpoint": (
        ("--ckpt_path=last",), 1, ("--ckpt_path last", "no last.ckpt in runs/small"),
    ),
    "missing checkpoint": (("--ckpt_path=x.ckpt",), 1, ("--ckpt_path x.ckpt", "no such file")),
    "online without a key": (
        ("--logger.wandb=online",), 1, ("no key is configured", "--logger.wandb=offline"),
    ),
    "invalid mode": (
        ("--logger.wandb=sometimes",), 2,
        ("logger.wandb", "'auto', 'online', 'offline', 'off'", "sometimes"),
    ),
    "name with a slash": (("--run.name=a/b",), 1, ("run.name", "'a/b'")),
    "folder below a file": (
        ("--run.root=file/runs",), 1, ("file/runs", "cannot be written to", "--run.root"),
    ),
    "used folder": (("--run.folder=used",), 1, ("used exists and is not empty", "run.folder")),
    "damaged checkpoint": (
        ("--ckpt_path=damaged.ckpt",), 1, ("damaged.ckpt is not a checkpoint",),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", OPTIONS)
def test_bad_option(case: str, cli: CommandLine, tmp_path: Path) -> None:
    options, status, words = OPTIONS[case]
    (tmp_path / "file").write_text("not a folder")
    (tmp_path / "damaged.ckpt").write_bytes(b"PK\x03\x04 and then nothing")
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "notes.txt").write_text("somebody's")
    refused(cli(*QUICK, *options, cwd=tmp_path), status, *words)
    assert [path.name for path in (tmp_path / "used").iterdir()] == ["notes.txt"]


def test_missing_config(cli: CommandLine, tmp_path: Path) -> None:
    outcome = cli("fit", "--config=nowhere.yaml", cwd=tmp_path)
    refused(outcome, 2, "File does not exist", "nowhere.yaml")


def test_nothing_to_train(cli: CommandLine, tmp_path: Path) -> None:
    refused(cli("fit", cwd=tmp_path), 2, "required", "fit.data", "fit.model")


def test_folder_without_permission(cli: CommandLine, tmp_path: Path) -> None:
    # Root may write everywhere; what holds for all users is that nothing is written below a file.
    (tmp_path / "closed").mkdir(mode=0o555)
    place = "closed/run" if os.geteuid() else "closed/file/run"
    if not os.geteuid():
        (tmp_path / "closed" / "file").touch()
    outcome = cli(*QUICK, f"--run.folder={place}", cwd=tmp_path)
    refused(outcome, 1, place, "cannot be written to", "--run.folder")


def test_weights_that_are_no_numbers(cli: CommandLine, tmp_path: Path) -> None:
    state = ClassificationTask({"dims": [784, 10]}).state_dict()
    name = next(name for name, value in state.items() if value.is_floating_point())
    state[name] = torch.full_like(state[name], torch.nan)
    torch.save({"state_dict": state}, tmp_path / "nan.ckpt")
    outcome = cli("test", *SMALL, "--ckpt_path=nan.ckpt", cwd=tmp_path)
    refused(outcome, 1, "nan.ckpt", repr(name), "NaN or infinite")


def test_weights_of_another_network(cli: CommandLine, tmp_path: Path) -> None:
    task = ClassificationTask({"dims": [784, 10]})
    torch.save(
        {
            "state_dict": task.state_dict(),
            "hyper_parameters": dict(task.hparams),
            "pytorch-lightning_version": "2.6.6",
        },
        tmp_path / "other.ckpt",
    )
    outcome = cli("test", *SMALL, "--ckpt_path=other.ckpt", cwd=tmp_path)
    found = "network.dims was [784, 10], here it is [784, 64, 64, 10]"
    refused(outcome, 1, "other.ckpt is a checkpoint of another run", found)


def test_evaluation_without_weights(cli: CommandLine, tmp_path: Path) -> None:
    outcome = cli("test", *SMALL, cwd=tmp_path)
    refused(outcome, 1, "rpn-zoo test needs trained weights", "--ckpt_path best")


def test_debug_shows_the_traceback(cli: CommandLine, tmp_path: Path) -> None:
    outcome = cli(*QUICK, "--model.optimizer.lr=-1", "--debug", cwd=tmp_path)
    assert outcome.status == 1
    assert "Traceback (most recent call last)" in outcome.err
    assert "optimizer.lr must be > 0" in outcome.err


def test_unknown_entry(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", "mnist-dual-lpmh"]) == 1
    error = capsys.readouterr().err
    assert "unknown entry 'mnist-dual-lpmh'" in error
    assert "Traceback" not in error


def test_unknown_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fitt"]) == 2
    assert "unknown command 'fitt'. Did you mean fit?" in capsys.readouterr().err


def test_help_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert main(["--help"]) == 0
    assert capsys.readouterr().out.count("usage: rpn-zoo COMMAND") == 2
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"rpn-zoo {__version__}\n"
