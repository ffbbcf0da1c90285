"""The wheel holds all that is needed: it is built, installed elsewhere and used, offline."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.training.command_line import REPOSITORY, clean_environment

ENTRY = "mnist-dual-lphm"
# What the build may read; runs, downloads and caches are not part of the project.
SOURCES = (
    "pyproject.toml", "README.md", "LICENSE", ".gitignore", "rpn_zoo", "configs", "checkpoints",
    "datasets/README.md", "datasets/mnist10k.npz", "datasets/pima.csv", "datasets/banknote.csv",
)  # fmt: skip
PREDICT = f"""
import rpn_zoo
from rpn_zoo.data import equations
assert len(equations()) == 161
from rpn_zoo.assets import asset_path
from rpn_zoo.data.subset import load_subset_splits
from rpn_zoo.data import Banknote, Pima
assert (Pima().num_features, Banknote().num_classes) == (8, 2)
images, labels = load_subset_splits().parts["test"]
predicted = rpn_zoo.load_pipeline("{ENTRY}").predict(images.numpy())
print(rpn_zoo.__file__)
print(asset_path("configs") / "{ENTRY}.yaml")
print((predicted == labels.numpy()).mean())
"""


class Installation:
    """The wheel in an environment of its own.

    The environment sees the dependencies of this one, but not its editable install: path files
    (``.pth``) are not followed in a folder that is itself named by one.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = clean_environment(folder / "home")
        for name in ("home", "cwd"):
            (folder / name).mkdir()
        for name in SOURCES:
            source, target = REPOSITORY / name, folder / "source" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, target)
        self.run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder,
                 folder / "source")  # fmt: skip
        shutil.rmtree(folder / "source")
        (self.wheel,) = folder.glob("*.whl")
        self.run(sys.executable, "-m", "venv", "--without-pip", folder / "env")
        self.bin = folder / "env" / "bin"
        (site,) = (folder / "env").glob("lib/python*/site-packages")
        self.run(
            sys.executable, "-m", "pip", "--python", self.bin / "python", "install", "--quiet",
            "--no-deps", "--no-index", self.wheel,
        )  # fmt: skip
        # Only now: pip must not take the editable install over there for one to be replaced.
        (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")

    def run(self, *command: str | Path) -> str:
        """Run a command in an empty folder; return its standard output."""
        done = subprocess.run(
            command, cwd=self.folder / "cwd", env=self.environment, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=240, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout


@pytest.mark.xdist_group("wheel")
def test_wheel(tmp_path: Path) -> None:
    installation = Installation(tmp_path)
    assert installation.wheel.stat().st_size < 30e6
    command = installation.bin / "rpn-zoo"

    printed = installation.run(installation.bin / "python", "-c", PREDICT).split()
    module, config, accuracy = Path(printed[0]), Path(printed[1]), float(printed[2])
    assert module.is_relative_to(tmp_path)
    assert config.is_relative_to(module.parent)
    assert accuracy > 0.97

    (card,) = json.loads(installation.run(command, "list", ENTRY, "--json"))
    assert card["parameters"] == 9330
    assert f"{ENTRY}." in installation.run(command, "info", ENTRY)
    assert f"{card['name']}: verified" in installation.run(
        command, "verify", ENTRY, "--no-download"
    )

    installation.run(
        command, "fit", "--config", config, "--data.source=subset", "--trainer.max_epochs=1",
        "--trainer.limit_train_batches=4", "--run.folder=run",
    )  # fmt: skip
    metrics = json.loads((tmp_path / "cwd" / "run" / "metrics.json").read_text())
    assert metrics["parameters"] == 9330
    assert {path.name for path in (tmp_path / "cwd").iterdir()} == {"run"}
