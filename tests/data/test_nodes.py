"""Node tables and their data module, on graphs drawn from a block model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from rpn_zoo.data import NodeBatch, NodeData, NodeTable, read_nodes, stochastic_block_model
from rpn_zoo.data.node_table import write_nodes

PARTS = ("train", "val", "test")


def arrays_of(path: Path) -> dict[str, Any]:
    with np.load(path) as stored:
        return dict(stored)


@pytest.fixture
def blocks(tmp_path: Path) -> Path:
    path = tmp_path / "blocks.npz"
    write_nodes(path, stochastic_block_model())
    return path


def dense(table: NodeTable) -> torch.Tensor:
    """The features, value by value."""
    x = torch.zeros(len(table.labels), table.num_features)
    for node in range(len(table.labels)):
        for place in range(int(table.indptr[node]), int(table.indptr[node + 1])):
            x[node, table.indices[place]] = table.values[place]
    return x


def test_block_model_is_what_it_says() -> None:
    table = stochastic_block_model(4, 100, 8, 0.3, 0.05, train_per_class=5, val_per_class=10)
    same = table.labels[:, None] == table.labels[None, :]
    linked = table.graph.adjacency().to_dense() > 0
    assert torch.equal(linked, linked.T) and not linked.diagonal().any()
    assert linked[same].float().mean() == pytest.approx(0.3 * 99 / 100, abs=0.02)
    assert linked[~same].float().mean() == pytest.approx(0.05, abs=0.01)
    own = torch.arange(8)[None] % 4 == table.labels[:, None]
    x = dense(table)
    assert x[own].mean() == pytest.approx(0.4, abs=0.05)
    assert x[~own].mean() == pytest.approx(0.1, abs=0.03)
    for part, each in (("train", 5), ("val", 10), ("test", 85)):
        assert table.labels[table.parts[part]].bincount().tolist() == [each] * 4
    again, other = stochastic_block_model(), stochastic_block_model(seed=1)
    assert torch.equal(again.graph.links, stochastic_block_model().graph.links)
    assert not torch.equal(again.graph.links, other.graph.links)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"num_classes": 1}, "num_classes must be an integer >= 2"),
        ({"inside": 1.5}, r"inside must be in \[0, 1\], got 1.5"),
        ({"nodes_per_class": 10}, "nodes_per_class must be an integer >= 11"),
        ({"seed": -1}, "seed must be"),
    ],
)
def test_block_model_arguments(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        stochastic_block_model(**arguments)


def test_file_round_trip(blocks: Path, tmp_path: Path) -> None:
    table, again = stochastic_block_model(), read_nodes(blocks)
    for name in ("indptr", "indices", "values", "labels"):
        assert torch.equal(getattr(again, name), getattr(table, name)), name
    assert torch.equal(again.graph.links, table.graph.links)
    assert again.num_features == 12 and again.num_classes == 3
    assert all(torch.equal(again.parts[part], table.parts[part]) for part in PARTS)
    # Undirected links are stored once.
    assert arrays_of(blocks)["edges"].shape == (2, table.graph.links.shape[1] // 2)
    one_way = NodeTable(
        **{**vars(table), "graph": type(table.graph)(60, torch.tensor([[1, 0], [0, 5]]))}
    )
    write_nodes(tmp_path / "directed.npz", one_way)
    assert read_nodes(tmp_path / "directed.npz").graph.pairs() == [(0, 5), (1, 0)]


def test_features(blocks: Path) -> None:
    table = read_nodes(blocks)
    x = dense(table)
    assert torch.equal(table.features(normalize=False), x)
    assert torch.equal(table.features(normalize=False, sparse=True).to_dense(), x)
    totals = x.sum(1, keepdim=True)
    assert (totals == 0).any()  # a document without words stays a row of zeros
    expected = torch.where(totals == 0, 0.0, x / totals.clamp(min=1))
    for sparse in (False, True):
        found = table.features(sparse=sparse)
        assert found.layout == (torch.sparse_csr if sparse else torch.strided)
        torch.testing.assert_close(found.to_dense(), expected)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"x_data": None}, "lacks the arrays x_data"),
        ({"x_data": lambda a: a.astype(int)}, "x_data must be floating point"),
        ({"x_data": lambda a: a[:-1]}, r"x_data must be .* like x_indices"),
        ({"x_data": lambda a: a * np.nan}, "x_data must be finite"),
        ({"x_shape": lambda a: a + 1}, r"x_shape must be \[60, number of features\]"),
        ({"x_shape": lambda a: a[:1]}, "x_shape must be"),
        ({"x_indptr": lambda a: a[:-1]}, "x_indptr must hold 61 numbers that rise from 0"),
        ({"x_indptr": lambda a: a[::-1]}, "x_indptr must hold"),
        ({"x_indptr": lambda a: a + 1}, "x_indptr must hold"),
        ({"x_indices": lambda a: a + 6}, "x_indices must be in 0..11"),
        ({"x_indices": lambda a: a - 1}, "x_indices must be in 0..11"),
        ({"x_indices": lambda a: a * 0}, "rise within each row"),
        ({"x_indices": lambda a: a * 1.0}, "x_indices must be integers"),
        ({"y": lambda a: a[:-1]}, "edges must join|must be .60|must be .59"),
        ({"y": lambda a: a * 0}, "two at least"),
        ({"y": lambda a: a - 2}, "got values from -2 to 0"),
        ({"y": lambda a: a * 1.0}, "y must be integers"),
        ({"y": lambda a: np.where(np.arange(60) == 13, -1, a)}, "val .* node 13 has none"),
        ({"edges": lambda a: a + 50}, "edges must join nodes in 0..59"),
        ({"train": lambda a: a[:0]}, "train must hold nodes in 0..59, at least one, got 0"),
        ({"train": lambda a: a - 1}, "train must hold nodes"),
        ({"test": lambda a: a + 1}, "test must hold nodes in 0..59"),
        ({"val": lambda a: a[[0, 0]]}, "val must hold each node once"),
        ({"val": lambda a: a - 1}, "train and val must not share nodes, got node 11"),
        ({"test": lambda a: a[:1] * 0 + 14}, "val and test must not share nodes, got node 14"),
        ({"train": lambda a: a.astype(object)}, "the array train cannot be read .Object"),
    ],
)
def test_wrong_files_are_explained(blocks: Path, change: dict[str, Any], words: str) -> None:
    arrays = arrays_of(blocks)
    for name, how in change.items():
        array = arrays.pop(name)
        if how is not None:
            arrays[name] = how(array)
    np.savez(blocks, **arrays)
    with pytest.raises(ValueError, match=f"blocks.npz: .*({words})"):
        read_nodes(blocks)


def test_truncated_file_is_refused(blocks: Path) -> None:
    blocks.write_bytes(blocks.read_bytes()[:-30])
    with pytest.raises(ValueError, match="blocks.npz: not a readable npz file"):
        NodeData(str(blocks)).setup()


def test_node_without_a_class_is_allowed_outside_the_parts(blocks: Path) -> None:
    arrays = arrays_of(blocks)
    arrays["y"][59], arrays["test"] = -1, arrays["test"][:-1]
    np.savez(blocks, **arrays)
    data = NodeData(str(blocks))
    data.setup()
    assert data.labels[59] == -1 and data.num_classes == 3
    assert data.split_name == f"{blocks}, 60 nodes, 284 links, 12/18/29"


def test_loaders_give_the_whole_graph(blocks: Path) -> None:
    data = NodeData(str(blocks))
    table = read_nodes(blocks)
    assert data.num_features is None and data.num_classes is None
    with pytest.raises(RuntimeError, match="NodeData holds no data yet"):
        data.split("train")
    data.setup()
    assert (data.num_features, data.num_classes, data.nodes) == (12, 3, 60)
    assert data.class_names == ("0", "1", "2")
    assert data.links() == table.graph.pairs()
    for loader, part in (
        (data.train_dataloader(), "train"),
        (data.val_dataloader(), "val"),
        (data.test_dataloader(), "test"),
        (data.predict_dataloader(), "test"),
    ):
        (batch,) = loader
        assert isinstance(batch, NodeBatch) and len(loader) == 1
        assert torch.equal(batch.x, table.features())
        assert torch.equal(batch.nodes, table.parts[part])
        assert torch.equal(batch.y, table.labels[batch.nodes])
        assert torch.equal(batch.select(data.labels), batch.y)
    with pytest.raises(ValueError, match="part must be one of train, val, test"):
        data.split("validation")


def test_options(blocks: Path) -> None:
    data = NodeData(
        blocks.name, str(blocks.parent), normalize=False, sparse=True, class_names=list("abc")
    )
    data.setup()
    (batch,) = data.train_dataloader()
    assert batch.x.layout == torch.sparse_csr and data.class_names == ("a", "b", "c")
    assert torch.equal(batch.x.to_dense(), dense(read_nodes(blocks)))
    again = NodeData(**data.hparams)
    assert dict(again.hparams) == dict(data.hparams)
    assert data.hparams == {
        "path": "blocks.npz", "root": str(blocks.parent), "normalize": False, "sparse": True,
        "class_names": ["a", "b", "c"],
    }  # fmt: skip
    with pytest.raises(ValueError, match="one name for each of the 3 classes, got 2"):
        NodeData(str(blocks), class_names=("a", "b")).setup()
    with pytest.raises(ValueError, match="path must be a path as text, got ''"):
        NodeData("")
    with pytest.raises(ValueError, match="root must be"):
        NodeData("a.npz", root=3)  # type: ignore[arg-type]


def test_no_global_random_state_is_touched(blocks: Path) -> None:
    before = torch.get_rng_state(), str(np.random.get_state())
    data = NodeData(str(blocks))
    data.setup()
    list(data.train_dataloader())
    assert torch.equal(torch.get_rng_state(), before[0])
    assert str(np.random.get_state()) == before[1]
