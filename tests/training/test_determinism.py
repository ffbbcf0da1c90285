"""Same seed, same machine: same weights; and a warning where that cannot be promised."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import yaml
from safetensors.torch import load_file

from rpn_zoo.nn import RPN
from tests.training.command_line import CommandLine, Outcome
from tests.training.conftest import QUICK

HEAD = {
    "expansion": {"name": "taylor_expansion", "postprocess_functions": "layer_norm"},
    "reconciliation": "dual_lphm_reconciliation",
    "input_functions": ["dropout", "batch_norm"],
    "channels": 2,
}
UNRULY = """\
import torch
from lightning.pytorch import Callback

class Unruly(Callback):
    def on_train_start(self, trainer, pl_module):
        torch.zeros(3).put_(torch.tensor([0]), torch.tensor([1.0]))
"""


def write(folder: Path) -> Path:
    """A recipe in which everything draws: weights, order, augmentation, dropout."""
    recipe = yaml.safe_load(Path(QUICK[2]).read_text())
    recipe["model"]["init_args"]["network"] = {"dims": [784, 12, 10], "layers": [{"heads": [HEAD]}]}
    recipe["data"]["init_args"]["augmentation"] = {"rotation": 8.0, "translation": 1.5}
    recipe["trainer"]["max_epochs"] = 2
    path = folder / "random.yaml"
    path.write_text(yaml.safe_dump(recipe))
    return path


@pytest.fixture(scope="module")
def unruly(cli: CommandLine, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome]:
    """A run with an operation that PyTorch cannot repeat: its folder and what it said."""
    folder = tmp_path_factory.mktemp("unruly")
    (folder / "unruly.py").write_text(UNRULY)
    options = ("--trainer.deterministic=true", "--trainer.callbacks+=unruly.Unruly")
    return folder, cli(*QUICK, "--run.folder=run", *options, cwd=folder, PYTHONPATH=str(folder))


def test_two_runs_are_equal_bit_by_bit(cli: CommandLine, tmp_path: Path) -> None:
    config = write(tmp_path)
    for name, more in (("a", ()), ("b", ("--trainer.deterministic=true",))):
        outcome = cli("fit", "--config", config, f"--run.folder={name}", *more, cwd=tmp_path,
                      PYTHONHASHSEED=str(ord(name)))  # fmt: skip
        assert outcome.status == 0, outcome.err
        assert "deterministic" not in outcome.err, "nothing on a CPU is in question"
    a, b = (load_file(tmp_path / name / "model.safetensors") for name in "ab")
    fresh = RPN(yaml.safe_load(config.read_text())["model"]["init_args"]["network"]).state_dict()
    assert all(torch.equal(a[key], b[key]) for key in a)
    assert not any(torch.equal(a[key], fresh[key]) for key in a), "nothing was trained"
    last = [
        torch.load(tmp_path / name / "checkpoints" / "last.ckpt", weights_only=True)["state_dict"]
        for name in "ab"
    ]
    assert last[0].keys() == last[1].keys()
    assert all(torch.equal(last[0][key], last[1][key]) for key in last[0])


def test_an_operation_that_cannot_be_repeated_is_named(unruly: tuple[Path, Outcome]) -> None:
    _, outcome = unruly
    assert outcome.status == 0, outcome.err
    assert "put_ does not have a deterministic implementation" in " ".join(outcome.err.split())


def test_a_checkpoint_of_another_network_is_refused(
    cli: CommandLine, tmp_path: Path, unruly: tuple[Path, Outcome]
) -> None:
    checkpoint = unruly[0] / "run" / "checkpoints" / "best.ckpt"
    recipe = yaml.safe_load(Path(QUICK[2]).read_text())
    head = {"output_functions": ["sigmoid"]}  # shapes are the same
    recipe["model"]["init_args"]["network"]["layers"] = [{"heads": [head]}]
    same_shapes = tmp_path / "same_shapes.yaml"
    same_shapes.write_text(yaml.safe_dump(recipe))
    for command, config, found in (
        ("test", write(tmp_path), "network.dims was [784, 10], here it is [784, 12, 10]"),
        ("fit", same_shapes, "network.layers was not given, here it is "),
    ):
        outcome = cli(command, "--config", config, "--ckpt_path", checkpoint, cwd=tmp_path)
        assert outcome.status == 1
        text = " ".join(outcome.err.split())
        assert "run/checkpoints/best.ckpt is a checkpoint of another run" in text
        assert found in text
