"""``rpn-zoo import-tinybig``: what it writes, what it refuses, and that the result trains."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
import torch
import yaml

from rpn_zoo.cli import HELP, main
from rpn_zoo.interop.tinybig import load_config, load_state_dict
from rpn_zoo.interop.tinybig.parameter_names import names_of
from rpn_zoo.nn import RPN
from rpn_zoo.zoo.files import file_sha256
from rpn_zoo.zoo.recipe import load_recipe
from rpn_zoo.zoo.weights import load_weights
from tests.training.command_line import CommandLine

CONFIGS = Path(__file__).parent / "configs"
DUAL = CONFIGS / "mnist_dual_lphm.yaml"
Captured = pytest.CaptureFixture[str]


def run(*arguments: object) -> int:
    return main(["import-tinybig", *map(str, arguments)])


def error_of(capsys: Captured) -> str:
    """What was written to standard error, in one line."""
    return " ".join(capsys.readouterr().err.split())


def weights_for(path: Path, target: Path, seed: int = 1, **more: torch.Tensor) -> RPN:
    """Write random weights under tinybig's names; return a network that has them."""
    network = load_config(path).build()
    generator = torch.Generator().manual_seed(seed)
    state = {
        name: torch.randn(entry.shape, generator=generator) * 0.1
        for name, entry in names_of(network).entries.items()
        if entry.required
    }
    torch.save({**state, **more}, target)
    load_state_dict(network, {**state, **more})
    return network


def test_it_is_in_the_help(capsys: Captured) -> None:
    assert "import-tinybig" in HELP
    with pytest.raises(SystemExit) as ended:
        run("--help")
    assert ended.value.code == 0
    assert "--weights" in capsys.readouterr().out


def test_a_config_that_trains(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "new" / "dual.yaml"
    assert run(DUAL, "-o", path) == 0
    told = capsys.readouterr()
    assert "784-64-64-10, 9,330 parameters" in told.out
    assert f"train it: rpn-zoo fit --config {path}" in told.out
    assert "the device 'mps' gives way to what is there" in told.err
    text = path.read_text()
    assert text.startswith("# Taken over from tinybig's mnist_dual_lphm.yaml.\n# Note: ")
    content = yaml.safe_load(text)
    assert content["seed_everything"] == 1234
    assert content["data"]["class_path"] == "rpn_zoo.data.MNIST"
    assert content["trainer"] == {"max_epochs": 20}
    assert load_recipe(path).build_network().num_parameters == 9330
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_weights_are_written_beside(tmp_path: Path, capsys: Captured) -> None:
    network = weights_for(DUAL, tmp_path / "w.pt")
    path = tmp_path / "dual.yaml"
    assert run(DUAL, "--weights", tmp_path / "w.pt", "--output", path) == 0
    written = tmp_path / "model.safetensors"
    digest = file_sha256(written)
    assert digest in capsys.readouterr().out
    again = load_recipe(path).build_network()
    load_weights(written, again, digest)
    x = torch.rand(3, 784)
    torch.testing.assert_close(again(x), network(x), rtol=1e-3, atol=1e-4)


def test_norms_get_weights_where_the_file_has_some(tmp_path: Path) -> None:
    key = "layers.1.heads.0.data_transformation.postprocess_functions.0"
    more = {f"{key}.weight": torch.rand(4160), f"{key}.bias": torch.rand(4160)}
    network = weights_for(DUAL, tmp_path / "w.pt", **more)
    path = tmp_path / "dual.yaml"
    assert run(DUAL, "--weights", tmp_path / "w.pt", "-o", path) == 0
    again = load_recipe(path).build_network()
    load_weights(tmp_path / "model.safetensors", again, file_sha256(tmp_path / "model.safetensors"))
    x = torch.rand(3, 784)
    torch.testing.assert_close(again(x), network(x))
    assert again.num_parameters == 9330


def test_what_has_to_be_added_is_said(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "imdb.yaml"
    assert run(CONFIGS / "imdb.yaml", "-o", path, "--init", "tinybig") == 1
    told = capsys.readouterr()
    assert "to do: rpn_zoo has no data module for tinybig's imdb. Add a section data" in told.err
    assert "train it" not in told.out
    assert "# TO DO: rpn_zoo has no data module for tinybig's imdb." in path.read_text()
    content = yaml.safe_load(path.read_text())
    assert "data" not in content
    assert content["model"]["init_args"]["network"]["init"] == "tinybig"


def test_a_network_that_fit_refuses_is_not_promised(tmp_path: Path, capsys: Captured) -> None:
    model = {"h": 2, "w": 2, "channel_nums": [1, 1], "fc_dims": [2], "p_h": 2}
    content = {"model_configs": {"model_class": "tinybig.model.cnn", "model_parameters": model}}
    (tmp_path / "cnn.json").write_text(json.dumps(content))
    path = tmp_path / "new.yaml"
    assert run(tmp_path / "cnn.json", "-o", path) == 1
    told = capsys.readouterr()
    assert "to do: fit refuses this network" in told.err
    assert "p_h must be below h = 2, got 2" in told.err
    assert "train it" not in told.out
    with pytest.raises(ValueError, match="p_h must be below h = 2"):
        load_recipe(path).build_network()


def test_nothing_is_replaced_without_force(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "dual.yaml"
    path.write_text("mine\n")
    assert run(DUAL, "-o", path) == 1
    assert "exists already; it is only replaced with --force" in error_of(capsys)
    assert path.read_text() == "mine\n"
    path.unlink()
    weights_for(DUAL, tmp_path / "w.pt")
    (tmp_path / "model.safetensors").write_bytes(b"mine")
    assert run(DUAL, "--weights", tmp_path / "w.pt", "-o", path) == 1
    assert not path.exists()
    assert run(DUAL, "--weights", tmp_path / "w.pt", "-o", path, "--force") == 0
    assert (tmp_path / "model.safetensors").stat().st_size > 9330 * 4


def test_the_original_is_never_replaced(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "dual.yaml"
    path.write_bytes(DUAL.read_bytes())
    assert run(path, "-o", path, "--force") == 1
    assert "is the file that is read" in error_of(capsys)
    assert path.read_bytes() == DUAL.read_bytes()


def test_bad_files_leave_nothing(tmp_path: Path, capsys: Captured) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(DUAL.read_text().replace("taylor_expansion\n", "tailor_expansion\n", 1))
    path = tmp_path / "new.yaml"
    assert run(bad, "-o", path) == 1
    error = error_of(capsys)
    assert "function_class: unknown expansion or compression" in error
    assert "Did you mean taylor_expansion" in error
    assert run(tmp_path / "nothing.yaml", "-o", path) == 1
    assert run(DUAL, "-o", tmp_path / "new.txt") == 1
    torch.save({"w": torch.zeros(1)}, tmp_path / "w.pt")
    assert run(DUAL, "--weights", tmp_path / "w.pt", "-o", path) == 1
    assert "layers.0.heads.0.w of the shape (1, 7925) is missing" in error_of(capsys)
    assert {p.name for p in tmp_path.iterdir()} == {"bad.yaml", "w.pt"}


@pytest.mark.parametrize("name", ["elementary", "feynman"])
def test_training(name: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The whole way: import, then fit."""
    cli = CommandLine(tmp_path_factory.mktemp("home"))
    done = cli("import-tinybig", CONFIGS / f"{name}.yaml", "-o", "new.yaml", cwd=tmp_path)
    assert done.status == 0, done.err
    options = ("--logger.wandb=off", "--trainer.max_epochs=2", "--run.folder=run")
    done = cli("fit", "--config=new.yaml", *options, cwd=tmp_path)
    assert done.status == 0, done.err
    assert (tmp_path / "run" / "checkpoints" / "best.ckpt").is_file()
