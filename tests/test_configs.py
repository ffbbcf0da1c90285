"""Every config that ships is taken by the real parser and builds what it describes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from lightning.pytorch import LightningDataModule

from rpn_zoo.training.cli import RPNCLI, run
from rpn_zoo.training.task import Task
from rpn_zoo.zoo.recipe import load_recipe

FOLDER = Path(__file__).parents[1] / "configs"
CONFIGS = sorted([*FOLDER.glob("*.yaml"), *FOLDER.glob("baselines/*.yaml")])
PARAMETERS = {
    "mnist-dual-lphm": 9330,
    "elementary-e14": 47,
    "composite-c3": 2441,
    "feynman-i.9.18": 313,
}


NODES = {"cora": 2708, "citeseer": 3327}


@pytest.fixture(scope="module")
def stand_ins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of graphs under the names that configs use, each a ring of as many nodes.

    Citation graphs do not ship; what is tested here depends on their number of nodes alone.
    """
    folder = tmp_path_factory.mktemp("data")
    (folder / "planetoid").mkdir()
    for name, count in NODES.items():
        nodes = np.arange(count)
        edges = np.stack([nodes, np.roll(nodes, -1)])
        np.savez(folder / "planetoid" / f"{name}.npz", num_nodes=count, edges=edges)
    return folder


class Built(Exception):
    """Stops the command line after everything is built."""


# Lightning's own use of jsonargparse, and that arguments are given from Python.
@pytest.mark.filterwarnings("ignore:(?s).*JSONARGPARSE", "ignore:(?s).*instantiate_classes")
@pytest.mark.filterwarnings("ignore:.*LightningCLI's args parameter")
@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_config(
    path: Path, stand_ins: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    built: dict[str, object] = {}

    def stop(cli: RPNCLI) -> None:
        built.update(vars(cli))
        raise Built

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RPN_ZOO_DATA", str(stand_ins))
    monkeypatch.setattr(RPNCLI, "before_fit", stop)
    with pytest.raises(Built):
        run(["fit", "--config", str(path), "--logger.wandb=off", "--run.folder=run"])
    task, data = built["model"], built["datamodule"]
    assert isinstance(task, Task)
    assert isinstance(data, LightningDataModule)
    parameters = task.network.num_parameters
    assert parameters == PARAMETERS.get(path.stem, parameters)
    # The zoo reads the same file on its own, for the network that it loads weights into.
    recipe = load_recipe(path)
    network = recipe.build_network(seed=0)
    for name, tensor in task.network.state_dict().items():
        # Training in float64 starts from the float32 values.
        found = network.state_dict()[name].to(tensor.dtype)
        torch.testing.assert_close(tensor, found, rtol=0, atol=0)
    assert type(recipe.build_data()) is type(data)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_config_has_the_name_of_its_runs(path: Path) -> None:
    assert f"name: {path.stem}\n" in path.read_text()


def test_there_are_configs() -> None:
    assert {path.stem for path in CONFIGS} >= set(PARAMETERS)
