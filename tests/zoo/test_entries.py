from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

import rpn_zoo.zoo as public
from rpn_zoo.nn import RPN
from rpn_zoo.offline import OfflineError
from rpn_zoo.zoo import WeightsError, Zoo, recipe_hashes
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
    with pytest.raises(WeightsError, match="recipe are not those of the card.*SHA-256 must be"):
        zoo.entry(NAME).load()
    entry = dataclasses.replace(zoo.entry(NAME), recipe_sha256=None)  # as in a run folder
    with pytest.raises(WeightsError, match=r"another config: .*functions was not given, here"):
        entry.load()
    path = zoo.checkpoints / NAME / "card.yaml"
    path.write_text(path.read_text().partition("recipe_sha256")[0])
    with pytest.raises(ValueError, match="recipe_sha256 is missing"):
        zoo.entry(NAME)


def test_the_recipe_is_hashed_by_its_meaning(zoo: Zoo) -> None:
    path = zoo.configs / f"{NAME}.yaml"
    path.write_text("# a comment\n" + path.read_text().replace("seed_everything: 0", "x: 1"))
    zoo.entry(NAME).load()
    write_recipe(path, source="auto")  # other data
    with pytest.raises(WeightsError, match="recipe are not those of the card"):
        zoo.entry(NAME).load()
    assert recipe_hashes.main([], zoo) == 0
    assert zoo.card(NAME).recipe_sha256 == load_recipe(path).sha256
    zoo.entry(NAME).load()


def test_no_hash_is_recorded_for_a_recipe_that_does_not_fit(
    zoo: Zoo, capsys: pytest.CaptureFixture[str]
) -> None:
    before = zoo.card(NAME)
    write_recipe(zoo.configs / f"{NAME}.yaml", {"dims": [784, 10]})
    assert recipe_hashes.main([NAME], zoo) == 1
    assert "does not fit the network" in capsys.readouterr().err
    assert zoo.card(NAME) == before


def test_files_of_another_entry(zoo: Zoo, tmp_path: Path) -> None:
    """A folder whose files were mixed up says which does not belong."""
    make_run(tmp_path / "run", seed=3)
    weights = (tmp_path / "run" / "model.safetensors").read_bytes()
    (zoo.checkpoints / NAME / "model.safetensors").write_bytes(weights)
    with pytest.raises(WeightsError, match=r"model\.safetensors: SHA-256 must be"):
        zoo.entry(NAME).load()
    write_recipe(tmp_path / "run" / "config.yaml", {"dims": [784, 10, 10]})
    with pytest.raises(
        WeightsError, match=r"it lacks 'layers\.1.*has 'layers\.0.* where the network"
    ):
        zoo.entry(tmp_path / "run").load()


def test_a_recipe_far_larger_than_the_file_is_refused_while_it_is_built(
    zoo: Zoo, tmp_path: Path
) -> None:
    make_run(tmp_path / "run")
    write_recipe(tmp_path / "run" / "config.yaml", {"dims": [784, 10**6, 10]})  # 3 GB
    with pytest.raises(ValueError, match="would take .* bytes, more than the memory budget of 26"):
        zoo.entry(tmp_path / "run").load()


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
    with pytest.raises(ImportError, match=r"pip install 'rpn-zoo\[hub\]'"):
        zoo.entry(f"hf-hub:owner/name@{commit}")


@pytest.mark.parametrize(
    "repo",
    ["../..", "owner/..", "owner/a..b", "./name", "owner/name/more", "owner/-x", "o w/n", "/"],
)
def test_hub_names_that_lead_elsewhere(zoo: Zoo, repo: str) -> None:
    with pytest.raises(ValueError, match="owner/name@commit"):
        zoo.entry(f"hf-hub:{repo}@{'a' * 40}")


class FakeHub:
    """Stands for huggingface_hub: a repository with the files of a folder, and a cache."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.cached, self.size = folder, False, 1000
        self.calls: list[str] = []

    def HfApi(self) -> FakeHub:
        return self

    def get_paths_info(self, repo: str, paths: list[str], revision: str) -> list[Any]:
        self.calls.append("sizes")
        assert (repo, revision) == ("owner/name", "a" * 40)
        return [SimpleNamespace(path=path, size=self.size) for path in paths]

    def snapshot_download(
        self, repo: str, revision: str, allow_patterns: list[str], local_files_only: bool = False
    ) -> str:
        assert (repo, revision) == ("owner/name", "a" * 40)
        assert all("*" not in pattern for pattern in allow_patterns)
        if not self.cached:
            if local_files_only:
                raise FileNotFoundError("not in the cache")
            self.calls.append("download")
            self.cached = True
        return str(self.folder)


def test_hub_download_and_cache(zoo: Zoo, monkeypatch: pytest.MonkeyPatch) -> None:
    name, hub = f"hf-hub:owner/name@{'a' * 40}", FakeHub(zoo.checkpoints / NAME)
    monkeypatch.setitem(sys.modules, "huggingface_hub", hub)
    hub.size = 1 << 31
    with pytest.raises(ValueError, match=r"card\.yaml has 2,147,483,648 bytes.*nothing was down"):
        zoo.entry(name)
    hub.size, hub.calls = 1000, []
    monkeypatch.setenv("RPN_ZOO_OFFLINE", "1")
    with pytest.raises(OfflineError, match=r"not in the cache.*\$RPN_ZOO_OFFLINE is set"):
        zoo.entry(name)
    assert hub.calls == []
    monkeypatch.setenv("RPN_ZOO_OFFLINE", "0")
    assert zoo.entry(name).load().config == NETWORK
    assert hub.calls == ["sizes", "download"]
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert zoo.entry(name).load().config == NETWORK
    assert hub.calls == ["sizes", "download"], "the cache needs no network"
    weights = hub.folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    with pytest.raises(WeightsError, match="SHA-256"):  # checked from the cache, too
        zoo.entry(name).load()


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
