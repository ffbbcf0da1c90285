"""The published configurations import with their published numbers of parameters."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from rpn_zoo.cli import main
from rpn_zoo.interop.tinybig import TinybigError, load_config
from rpn_zoo.nn import RPN

CONFIGS = Path(__file__).parent / "configs"
PARAMETERS = {
    "mnist": 39_696_000,
    "mnist_dual_lphm": 9_330,
    "cifar10": 1_706_496,
    "agnews": 131_593,
    "imdb": 54_572,
    "sst2": 10_677,
    "kan_failure": 31_099_968,
    "composite": 2_441,
    "elementary": 47,
    "feynman": 313,
    "banknote": 14,
    "diabetes": 44,
    "iris": 8,
}


def test_every_published_configuration_is_here() -> None:
    assert {path.stem for path in CONFIGS.glob("*.yaml")} == set(PARAMETERS)


@pytest.mark.parametrize("name", PARAMETERS)
def test_published_numbers_of_parameters(name: str) -> None:
    network = RPN(load_config(CONFIGS / f"{name}.yaml").network)
    trained = sum(p.numel() for p in network.parameters() if p.requires_grad)
    assert trained == PARAMETERS[name]


def test_the_command_writes_a_recipe_that_trains(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    target = tmp_path / "new.yaml"
    command = ["import-tinybig", str(CONFIGS / "elementary.yaml"), "-o", str(target)]
    assert main(command) == 0
    recipe: dict[str, Any] = yaml.safe_load(target.read_text(encoding="utf-8"))
    assert recipe["trainer"]["max_epochs"] == 2000
    assert recipe["data"]["class_path"] == "rpn_zoo.data.Equations"
    assert main(command) == 1  # never overwritten without --force
    assert "--force" in capsys.readouterr().err
    options = ["--run.folder", "run", "--trainer.max_epochs", "1", "--logger.wandb", "off"]
    fit = [sys.executable, "-m", "rpn_zoo.cli", "fit", "--config", str(target), *options]
    done = subprocess.run(fit, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "run" / "model.safetensors").is_file()


def test_unknown_classes_are_listed_with_their_places(tmp_path: Path) -> None:
    text = (CONFIGS / "iris.yaml").read_text(encoding="utf-8")
    path = tmp_path / "bad.yaml"
    path.write_text(
        text.replace("naive_laplace_expansion", "naive_lapalce_expansion"), encoding="utf-8"
    )
    with pytest.raises(TinybigError, match="naive_lapalce_expansion"):
        load_config(path)


def test_nothing_named_in_a_file_is_imported(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    for text in ("a: !!python/object/apply:os.system ['true']", "x: &a [*a, *a]"):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ValueError, match=r"bad\.yaml"):
            load_config(path)
