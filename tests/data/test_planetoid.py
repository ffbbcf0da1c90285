"""The Planetoid data module on small fake files, and their conversion from the original ones."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import torch

from rpn_zoo.data import Graph, Planetoid, stochastic_block_model
from rpn_zoo.data.node_table import NodeTable, write_nodes
from rpn_zoo.data.planetoid import Citations
from rpn_zoo.data.planetoid_original import table_of

NAMES = ("first", "second", "third")


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let graphs of the block model count as complete data sets."""
    known = {name: Citations(name.title(), 60, 12, NAMES) for name in Planetoid.sets}
    monkeypatch.setattr(Planetoid, "sets", known)
    monkeypatch.setattr(Planetoid, "sizes", (4, 18, 30))


def put(root: Path, name: str = "cora", **options: Any) -> str:
    write_nodes(root / "planetoid" / f"{name}.npz", stochastic_block_model(**options))
    return str(root)


def make(*args: Any, download: bool = False, **options: Any) -> Planetoid:
    data = Planetoid(*args, download=download, **options)
    data.prepare_data()
    data.setup()
    return data


def test_data_set_by_name(tmp_path: Path) -> None:
    root = put(tmp_path)
    data = Planetoid("cora", root)
    assert (data.num_features, data.num_classes, data.class_names) == (12, 3, NAMES)
    data.setup()
    assert data.split_name == "Cora, public split, 60 nodes, 284 links, 12/18/30"
    assert data.comparable
    assert data.split("test").x.shape == (60, 12)
    assert torch.equal(data.graph.links, stochastic_block_model().graph.links)
    assert dict(data.hparams) == {
        "name": "cora", "root": root, "normalize": True, "sparse": False, "download": True,
    }  # fmt: skip
    again = Planetoid(**data.hparams)
    assert dict(again.hparams) == dict(data.hparams)
    with pytest.raises(ValueError, match=r"name must be one of cora, .*Did you mean cora"):
        Planetoid("coral")


def test_search_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(Path("datasets"), seed=1)
    monkeypatch.setenv("RPN_ZOO_DATA", str(tmp_path / "variable"))
    found = [make().graph]
    put(tmp_path / "variable", seed=2)
    found += [make().graph, make(root=put(tmp_path / "root", seed=3)).graph]
    for graph, seed in zip(found, (1, 2, 3), strict=True):
        assert torch.equal(graph.links, stochastic_block_model(seed=seed).graph.links)


def test_explicit_root_is_never_silently_replaced(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    put(Path("datasets"))
    with pytest.raises(FileNotFoundError, match=r"searched: root=\S*none \(no such folder\)\."):
        make(root=str(tmp_path / "none"))
    assert make(root=str(tmp_path / "none"), download=True).nodes == 60
    assert "does not hold planetoid/cora.npz; using" in caplog.text


def test_missing_data_say_what_to_do(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(FileNotFoundError, match=r"citeseer.npz was not found; .*rpn-zoo\[graph\]"):
        make("citeseer")


def test_missing_torch_geometric_is_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "torch_geometric", None)
    with pytest.raises(FileNotFoundError, match="pubmed.npz was not found"):
        make("pubmed", download=True)
    assert "PyTorch Geometric, which is not installed: pip install 'rpn-zoo[graph]'" in caplog.text


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"nodes_per_class": 21}, "Cora has 60 nodes, got 63; other versions are refused"),
        ({"num_features": 11}, "12 features, got 11"),
        ({"num_classes": 4, "nodes_per_class": 15}, "3 classes, got 4"),
        ({"val_per_class": 5}, "18 validation nodes, got 15"),
    ],
)
def test_other_versions_are_refused(tmp_path: Path, options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=f"cora.npz: .*{words}"):
        make(root=put(tmp_path, **options))


def test_other_splits_are_refused(tmp_path: Path) -> None:
    table = stochastic_block_model()
    nodes = torch.arange(60).split([12, 18, 30])
    train = torch.cat([nodes[0][1:], nodes[1][1:2]])  # one class gives up a node to another
    val = torch.cat([nodes[0][:1], nodes[1][:1], nodes[1][2:]])
    changed = NodeTable(**{**vars(table), "parts": {**table.parts, "train": train, "val": val}})
    write_nodes(tmp_path / "planetoid" / "cora.npz", changed)
    with pytest.raises(ValueError, match=r"4 training nodes of each class, got \[3, 5, 4\]"):
        make(root=str(tmp_path))


# --- conversion -----------------------------------------------------------------------------------


def original(nodes: int = 9) -> SimpleNamespace:
    """What PyTorch Geometric gives: node 7 lies amid the test nodes 5 .. 8 and is none of them."""

    def mask(*places: int) -> torch.Tensor:
        return torch.zeros(nodes, dtype=torch.bool).index_fill(0, torch.tensor(places), True)

    x = torch.zeros(nodes, 4)
    x[0, 1], x[1, 3], x[1, 0], x[8, 2] = 1.0, 0.5, 0.25, 1.0
    edges = torch.tensor([[0, 1, 1, 2, 2, 3], [1, 0, 2, 1, 2, 4]])
    return SimpleNamespace(
        x=x,
        y=torch.tensor([0, 1, 2, 0, 1, 2, 1, 0, 2]),
        edge_index=edges,
        train_mask=mask(0, 1, 2),
        val_mask=mask(3, 4),
        test_mask=mask(5, 6, 8),
    )


def test_table_of_the_original() -> None:
    data = original()
    table = table_of(data)
    assert torch.equal(table.features(normalize=False), data.x)
    assert table.labels.tolist() == [0, 1, 2, 0, 1, 2, 1, -1, 2]
    assert table.graph.pairs() == [(0, 1), (1, 0), (1, 2), (2, 1), (3, 4), (4, 3)]
    assert {part: rows.tolist() for part, rows in table.parts.items()} == {
        "train": [0, 1, 2], "val": [3, 4], "test": [5, 6, 8],
    }  # fmt: skip
    assert data.y[7] == 0  # the given one is not changed


@pytest.fixture
def geometric(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """A stand-in for PyTorch Geometric, and what it was asked for."""
    calls: list[tuple[str, str]] = []

    class FakePlanetoid(list[Any]):
        def __init__(self, root: str, name: str, split: str) -> None:
            assert split == "public"
            calls.append((root, name))
            if name == "Pubmed":
                raise ConnectionError("no network")
            table = stochastic_block_model()
            masks = {
                f"{part}_mask": torch.zeros(60, dtype=torch.bool).index_fill(0, rows, True)
                for part, rows in table.parts.items()
            }
            x, links = table.features(normalize=False), table.graph.links
            super().__init__([SimpleNamespace(x=x, y=table.labels, edge_index=links, **masks)])

    package, datasets = ModuleType("torch_geometric"), ModuleType("torch_geometric.datasets")
    datasets.Planetoid = FakePlanetoid  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "torch_geometric", package)
    monkeypatch.setitem(sys.modules, "torch_geometric.datasets", datasets)
    return calls


def test_converted_once(
    tmp_path: Path, geometric: list[tuple[str, str]], caplog: pytest.LogCaptureFixture
) -> None:
    root = tmp_path / "root"
    data = make(root=str(root), download=True)
    assert geometric == [(str(root / "planetoid"), "Cora")]
    assert [path.name for path in (root / "planetoid").iterdir()] == ["cora.npz"]
    table = stochastic_block_model()
    assert torch.equal(data.split("train").x, table.features())
    assert torch.equal(data.graph.links, table.graph.links)
    make(root=str(root), download=True)
    make(root=str(root))
    assert len(geometric) == 1
    assert caplog.text == ""


def test_converted_to_datasets_or_to_where_the_original_files_are(
    tmp_path: Path, geometric: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    make(download=True)
    assert Path("datasets/planetoid/cora.npz").is_file()
    raw = tmp_path / "planetoid" / "Citeseer" / "raw"
    raw.mkdir(parents=True)
    monkeypatch.setenv("RPN_ZOO_DATA", str(tmp_path))
    for suffix in ("x", "tx", "allx", "y", "ty", "ally", "graph", "test.index"):
        (raw / f"ind.citeseer.{suffix}").touch()
    make("citeseer", download=True)
    assert (tmp_path / "planetoid" / "citeseer.npz").is_file()
    assert geometric[-1] == (str(tmp_path / "planetoid"), "Citeseer")


def test_failed_download_leaves_nothing_and_is_said(
    tmp_path: Path, geometric: list[tuple[str, str]], caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(FileNotFoundError, match="pubmed.npz was not found"):
        make("pubmed", str(tmp_path), download=True)
    assert "ConnectionError: no network" in caplog.text and len(geometric) == 1
    assert list(tmp_path.rglob("*.npz")) == []


def test_graph_without_links_can_be_written(tmp_path: Path) -> None:
    table = NodeTable(
        **{**vars(stochastic_block_model()), "graph": Graph(60, torch.empty(2, 0).long())}
    )
    write_nodes(tmp_path / "planetoid" / "cora.npz", table)
    assert make(root=str(tmp_path)).links() == []
