from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

import rpn_zoo.zoo as public
from rpn_zoo.nn import RPN
from rpn_zoo.zoo import WeightsError, Zoo
from rpn_zoo.zoo.card import dump_card
from rpn_zoo.zoo.recipe import load_recipe
from tests.zoo.builders import NAME, NETWORK, make_card, make_network, make_run, write_recipe


def test_listing(zoo: Zoo) -> None:
    assert zoo.list_models() == zoo.list_models("tiny*") == zoo.list_models("*.v1") == [NAME]
    assert zoo.list_models(task="image") == zoo.list_models(task="image-classification") == [NAME]
    assert zoo.list_models("mnist*") == zoo.list_models(task="tabular") == []
    assert zoo.list_models(max_params=10) == []
    assert zoo.list_models(max_params=make_network().num_parameters) == [NAME]


@pytest.mark.parametrize("name", [NAME, f"{NAME}.v1"])
def test_load_by_name(zoo: Zoo, name: str) -> None:
    network = zoo.entry(name).load()
    assert isinstance(network, RPN)
    assert not network.training
    assert network.config == NETWORK
    x = torch.rand(3, 784)
    assert torch.equal(network(x), make_network()(x))


def test_load_by_folder(zoo: Zoo, tmp_path: Path) -> None:
    assert zoo.entry(zoo.checkpoints / NAME).name == f"{NAME}.v1"
    assert zoo.entry(str(zoo.checkpoints / NAME)).load().config == NETWORK
    make_run(tmp_path / "run", seed=3)
    entry = zoo.entry(str(tmp_path / "run"))
    assert entry.card is None
    x = torch.rand(3, 784)
    assert torch.equal(entry.load()(x), make_network(3)(x))


def test_folder_with_its_own_config(zoo: Zoo, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    for name in ("card.yaml", "model.safetensors"):
        (folder / name).write_bytes((zoo.checkpoints / NAME / name).read_bytes())
    empty = Zoo(tmp_path, tmp_path / "none")
    with pytest.raises(FileNotFoundError, match=r"tiny-digits\.yaml"):
        empty.entry(folder)
    write_recipe(folder / "config.yaml")
    assert empty.entry(folder).load().config == NETWORK


def test_the_shipped_zoo_wins_over_a_folder_of_that_name(zoo: Zoo) -> None:
    Path(NAME).mkdir()
    assert zoo.entry(NAME).folder == zoo.checkpoints / NAME


@pytest.mark.parametrize(
    ("name", "match"),
    [
        ("tiny-digit", "Did you mean tiny-digits"),
        ("tiny-digits.v2", "the zoo has tiny-digits.v1"),
        ("", "unknown entry ''"),
        ("no/such/folder", "no such folder"),
        (Path("nowhere"), "no such folder"),
        ("..", "neither card.yaml"),
        ("../../etc/passwd", "no such folder"),
    ],
)
def test_unknown_names(zoo: Zoo, name: Any, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        zoo.entry(name)


def test_create(zoo: Zoo) -> None:
    one, two = (zoo.recipe(NAME).build_network(seed) for seed in (0, 1))
    assert one.config == NETWORK
    assert not torch.equal(next(one.parameters()), next(two.parameters()))
    write_recipe(zoo.configs / "untrained.yaml")
    assert zoo.recipe("untrained").build_network().config == NETWORK
    with pytest.raises(ValueError, match="unknown entry 'untrained'"):
        zoo.entry("untrained")
    with pytest.raises(ValueError, match="Did you mean"):
        zoo.recipe("tiny-digitz")


def test_module_functions_use_the_default_zoo(zoo: Zoo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Zoo, "default", classmethod(lambda cls: zoo))
    assert public.list_models() == [NAME]
    assert public.model_card(NAME).name == f"{NAME}.v1"
    assert public.create_model(NAME, seed=7).config == public.load_model(NAME).config
    run = Path("run")
    make_run(run)
    with pytest.raises(ValueError, match="a run has no card"):
        public.model_card(run)
    with pytest.raises(ValueError, match="unknown entry"):
        public.load_model("nothing")


def test_flipped_byte_missing_file_and_changed_recipe(zoo: Zoo) -> None:
    weights = zoo.checkpoints / NAME / "model.safetensors"
    content = weights.read_bytes()
    weights.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(WeightsError, match="SHA-256"):
        zoo.entry(NAME).load()
    weights.unlink()
    with pytest.raises(FileNotFoundError):
        zoo.entry(NAME).load()
    weights.write_bytes(content)
    other = {**NETWORK, "layers": [{"heads": [{**NETWORK["layers"][0]["heads"][0],
                                               "output_functions": ["relu"]}]}]}  # fmt: skip
    write_recipe(zoo.configs / f"{NAME}.yaml", other)
    with pytest.raises(WeightsError, match="another config"):
        zoo.entry(NAME).load()


def test_entry_without_weights(zoo: Zoo) -> None:
    (zoo.checkpoints / NAME / "card.yaml").write_text(dump_card(make_card(None)))
    assert zoo.list_models() == [NAME]
    assert zoo.recipe(NAME).build_network().config == NETWORK
    with pytest.raises(ValueError, match="ships without weights"):
        zoo.entry(NAME).load()


def test_card_in_the_wrong_folder(zoo: Zoo) -> None:
    (zoo.checkpoints / NAME).rename(zoo.checkpoints / "renamed")
    with pytest.raises(ValueError, match="must be the name of its folder"):
        zoo.list_models()


def test_hub(zoo: Zoo, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = "a" * 40
    for name in ("hf-hub:owner/name", "hf-hub:owner/name@main"):
        with pytest.raises(ValueError, match="pinned to a full commit"):
            zoo.entry(name)
    with pytest.raises(ValueError, match="owner/name@commit"):
        zoo.entry("hf-hub:nonsense")
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(ImportError, match="pip install huggingface_hub"):
        zoo.entry(f"hf-hub:owner/name@{commit}")
    calls = []

    def snapshot_download(repo: str, revision: str, allow_patterns: list[str]) -> str:
        calls.append((repo, revision))
        assert all("*" not in pattern for pattern in allow_patterns)
        return str(zoo.checkpoints / NAME)

    fake = SimpleNamespace(snapshot_download=snapshot_download)
    monkeypatch.setitem(sys.modules, "huggingface_hub", fake)
    assert zoo.entry(f"hf-hub:owner/name@{commit}").load().config == NETWORK
    assert calls == [("owner/name", commit)]


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("a: 1", "the key model must be a mapping"),
        ("model: {init_args: {network: taylor}}", "network must be the config"),
        ("model: {init_args: 3}", "network must be the config"),
        ("model: {init_args: {network: {dims: [2, 1]}}}\ndata: 3", "the key data"),
        ("model: {init_args: {network: {}}}\ndata: {init_args: 3}", "data.init_args"),
    ],
)
def test_bad_recipes(tmp_path: Path, text: str, match: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(text)
    with pytest.raises(ValueError, match=match):
        load_recipe(path)


@pytest.mark.parametrize(
    "path", ["os.system", "rpn_zoo.data.read_idx", "subprocess.Popen", "MNISt"]
)
def test_only_our_data_modules_are_made(tmp_path: Path, path: str) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(f"model: {{network: {{dims: [2, 1]}}}}\ndata: {{class_path: {path}}}")
    with pytest.raises(ValueError, match=r"data\.class_path must be one of .*rpn_zoo\.data\.MNIST"):
        load_recipe(file).build_data()


def test_bad_network_and_data_arguments_name_the_file(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(
        "model: {network: {dims: [2]}}\n"
        "data: {class_path: rpn_zoo.data.MNIST, init_args: {colour: red}}"
    )
    recipe = load_recipe(file)
    with pytest.raises(ValueError, match=r"x\.yaml: dims must"):
        recipe.build_network()
    with pytest.raises(ValueError, match=r"x\.yaml: data\.init_args do not fit.*colour"):
        recipe.build_data()
