"""The published configurations: widths and numbers of parameters as recorded."""

from __future__ import annotations

from pathlib import Path

import pytest

import rpn_zoo.data
from rpn_zoo.interop.tinybig import load_config
from rpn_zoo.interop.tinybig.data_config import DataConfig
from rpn_zoo.interop.tinybig.data_modules import data_module
from rpn_zoo.interop.tinybig.recipe import recipe
from rpn_zoo.nn import RPN

CONFIGS = Path(__file__).parent / "configs"
PUBLISHED: dict[str, tuple[list[int], int]] = {
    "mnist": ([784, 64, 64, 10], 39_696_000),
    "mnist_dual_lphm": ([784, 64, 64, 10], 9_330),
    "cifar10": ([3072, 512, 256, 10], 1_706_496),
    "imdb": ([26964, 128, 32, 2], 54_572),
    "agnews": ([25985, 128, 4], 131_593),
    "sst2": ([10325, 128, 32, 2], 10_677),
    "kan_failure": ([26964, 128, 32, 2], 31_099_968),
    "elementary": ([2, 2, 1], 47),
    "composite": ([2, 2, 2, 1], 2_441),
    "feynman": ([9, 2, 2, 1], 313),
    "iris": ([4, 1], 8),
    "diabetes": ([8, 1], 44),
    "banknote": ([4, 1], 14),
}


def test_they_are_all_there() -> None:
    assert {path.stem for path in CONFIGS.glob("*.yaml")} == set(PUBLISHED)


@pytest.mark.parametrize("policy", ["frozen", "plain"])
@pytest.mark.parametrize("name", PUBLISHED)
def test_number_of_parameters(name: str, policy: str) -> None:
    dims, count = PUBLISHED[name]
    config = load_config(CONFIGS / f"{name}.yaml", listed_norms=policy)
    assert config.warnings == ()
    assert config.network["dims"] == dims
    if policy == "plain" and count > 10**7:
        return  # drawn once, as it takes seconds
    assert config.build().num_parameters == count


@pytest.mark.parametrize("name", PUBLISHED)
def test_recipe(name: str) -> None:
    config = load_config(CONFIGS / f"{name}.yaml", listed_norms="plain")
    found = recipe(config, name)
    model = found.content["model"]
    task = "RegressionTask" if config.learner.loss.name == "MSELoss" else "ClassificationTask"  # type: ignore[union-attr]
    assert model["class_path"] == f"rpn_zoo.training.{task}"
    assert model["init_args"]["network"] == config.network
    assert bool(found.missing) == ("data" not in found.content)
    assert len(found.missing) <= 1
    if PUBLISHED[name][1] < 10**6:
        assert RPN(model["init_args"]["network"]).num_parameters == PUBLISHED[name][1]


def test_numbers_of_a_recipe() -> None:
    found = recipe(load_config(CONFIGS / "sst2.yaml"), "sst2", init="tinybig").content
    arguments = found["model"]["init_args"]
    # torch's own weight decay, where the original gives none
    assert arguments["optimizer"] == {"name": "adamw", "lr": 0.0041, "weight_decay": 0.01}
    assert arguments["schedule"] == {"name": "exponential", "options": {"gamma": 0.13}}
    assert arguments["network"]["init"] == "tinybig"
    assert (found["seed_everything"], found["trainer"]) == (1234, {"max_epochs": 10})
    found = recipe(load_config(CONFIGS / "iris.yaml"), "iris").content
    assert found["model"]["init_args"]["schedule"] == {"name": "constant"}
    found = recipe(load_config(CONFIGS / "feynman.yaml"), "feynman").content
    assert found["data"] == {
        "class_path": "rpn_zoo.data.Equations",
        "init_args": {"suite": "feynman", "index": 4, "batch_size": 100, "eval_batch_size": 100},
    }


@pytest.mark.parametrize(
    ("name", "class_name", "width"), [("iris", "Iris", 4), ("diabetes", "Pima", 8),
                                      ("banknote", "Banknote", 4)],
)  # fmt: skip
def test_tables(name: str, class_name: str, width: int) -> None:
    found = recipe(load_config(CONFIGS / f"{name}.yaml"), name)
    arguments = found.content["data"]["init_args"]
    assert found.content["data"]["class_path"] == f"rpn_zoo.data.{class_name}"
    assert (arguments["task"], arguments["test_fraction"]) == ("regression", 0.1)
    assert (arguments["split_seed"], arguments["scaling"]) == (123, "none")
    data = getattr(rpn_zoo.data, class_name)(**arguments)
    assert (data.num_features, data.num_targets) == (width, 1)
    assert not found.missing
    assert any("solver: {name: lstsq}" in note for note in found.notes)


def test_options_of_tables() -> None:
    options = {"normalize_X": True, "normalize_type": "mean_std", "split_type": "KFold", "fold": 5}
    made = data_module(DataConfig("diabetes", options=options))
    assert made.init_args["folds"] == 5
    assert made.init_args["scaling"] == "standardize"
    options = {"normalize_X": True, "normalize_range": [-1, 1], "train_percentage": 0.7}
    made = data_module(DataConfig("iris", options=options))
    assert (made.init_args["scaling"], made.init_args["scaling_range"]) == ("min_max", [-1, 1])
    assert made.init_args["test_fraction"] == 0.3
