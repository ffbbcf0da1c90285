"""Graphs: links, their file, and normalisation, against loops over pairs."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from rpn_zoo.data import Graph, degree_normalize, load_graph, stochastic_block_model
from rpn_zoo.data.node_table import write_nodes

PAIRS = [("a", "b"), ("b", "c"), ("c", "a"), ("c", "d"), ("d", "d"), ("a", "b")]


def adjacency(nodes: list[Any], pairs: list[Any], undirected: bool = False) -> torch.Tensor:
    """Entry [i, j] is 1 for a link i -> j, pair by pair."""
    matrix = torch.zeros(len(nodes), len(nodes))
    for source, target in pairs:
        matrix[nodes.index(source), nodes.index(target)] = 1
        if undirected:
            matrix[nodes.index(target), nodes.index(source)] = 1
    return matrix


def test_links_from_names() -> None:
    nodes = list("abcd")
    graph = Graph.from_pairs(nodes, PAIRS)
    assert graph.links.dtype == torch.int64 and graph.links.shape == (2, 5)  # one came twice
    assert torch.equal(graph.adjacency().to_dense(), adjacency(nodes, PAIRS))
    both = graph.undirected()
    assert torch.equal(both.adjacency().to_dense(), adjacency(nodes, PAIRS, undirected=True))
    assert torch.equal(both.undirected().links, both.links)
    assert graph.pairs() == [(0, 1), (1, 2), (2, 0), (2, 3), (3, 3)]
    assert graph.without_self_links().pairs() == graph.pairs()[:-1]
    assert graph.adjacency(torch.float64).dtype == torch.float64


def test_other_orders_of_nodes_and_links_give_the_same_graph() -> None:
    order = ["d", "b", "a", "c"]
    graph = Graph.from_pairs(order, PAIRS[::-1])
    assert torch.equal(graph.adjacency().to_dense(), adjacency(order, PAIRS))
    assert Graph.from_pairs(4, graph.pairs()).pairs() == graph.pairs()


@pytest.mark.parametrize("links", [torch.empty(2, 0, dtype=torch.int64), torch.empty(2, 0).int()])
def test_no_links(links: torch.Tensor) -> None:
    graph = Graph(3, links)
    assert graph.pairs() == [] and graph.undirected().links.shape == (2, 0)
    assert graph.adjacency().to_dense().count_nonzero() == 0
    assert Graph.from_pairs(["x"], []).pairs() == []


def test_the_given_links_are_not_changed() -> None:
    links = torch.tensor([[2, 0, 2], [1, 1, 1]])
    Graph(3, links).undirected().without_self_links()
    assert links.tolist() == [[2, 0, 2], [1, 1, 1]]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Graph(0, torch.empty(2, 0).long()), "num_nodes must be an integer >= 1, got 0"),
        (lambda: Graph(3, torch.zeros(5, 2).long()), r"shape \(2, E\), got .* shape \(5, 2\)"),
        (lambda: Graph(3, torch.zeros(2, 2)), "must be integers"),
        (lambda: Graph(3, torch.tensor([[0, 1], [1, 3]])), r"in 0..2, got \(1, 3\) as link 1"),
        (lambda: Graph(3, torch.tensor([[-1], [1]])), r"got \(-1, 1\) as link 0"),
        (lambda: Graph.from_pairs(["a", "b", "a"], []), "different from each other, got 'a' twice"),
        (lambda: Graph.from_pairs(["a"], [("a", "z")]), "the unknown 'z' in link 0"),
        (lambda: Graph.from_pairs(["a"], [("a", "a"), ("z", "a")]), "the unknown 'z' in link 1"),
        (lambda: Graph.from_pairs(2, [(0, 2)]), "the unknown 2 in link 0"),
        (lambda: Graph.from_pairs(2, [(0, 1, 1)]), r"pairs .*got \(0, 1, 1\) as link 0"),
    ],
)
def test_wrong_links_are_named(make: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make()


# --- files ----------------------------------------------------------------------------------------


def save(path: Path, **arrays: Any) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **arrays)
    return str(path)


EDGES = np.array([[0, 1, 0], [1, 2, 1]], dtype=np.int32)


def test_undirected_links_come_back_in_both_directions(tmp_path: Path) -> None:
    path = save(tmp_path / "g.npz", edges=EDGES, num_nodes=np.int64(4))
    graph = load_graph(path)
    assert graph.num_nodes == 4
    assert graph.pairs() == [(0, 1), (1, 0), (1, 2), (2, 1)]
    path = save(tmp_path / "d.npz", edges=EDGES, num_nodes=4, directed=True)
    assert load_graph(path).pairs() == [(0, 1), (1, 2)]
    loops = save(tmp_path / "l.npz", edges=np.array([[1, 0], [1, 1]]), y=np.array([0, -1]))
    assert load_graph(loops).pairs() == [(0, 1), (1, 0), (1, 1)]
    empty = save(tmp_path / "e.npz", edges=np.zeros((2, 0), int), num_nodes=2)
    assert load_graph(empty).pairs() == []


@pytest.mark.parametrize("table", [stochastic_block_model(), stochastic_block_model(seed=1)])
def test_graph_of_a_node_file(tmp_path: Path, table: Any) -> None:
    write_nodes(tmp_path / "blocks.npz", table)
    graph = load_graph(str(tmp_path / "blocks.npz"))
    assert graph.num_nodes == table.graph.num_nodes
    assert torch.equal(graph.links, table.graph.links)


def test_names_and_relative_paths_are_looked_for_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def put(folder: Path, nodes: int) -> str:
        for name in ("cora", "mine"):
            save(folder / "planetoid" / f"{name}.npz", edges=EDGES, num_nodes=nodes)
        return str(folder)

    mine = "planetoid/mine.npz"
    for reference in ("cora", mine):
        with pytest.raises(FileNotFoundError, match=r"RPN_ZOO_DATA \(not set\); .*work/datasets"):
            load_graph(reference)
    put(Path("datasets"), 5)
    assert load_graph("cora").num_nodes == load_graph(mine).num_nodes == 5
    monkeypatch.setenv("RPN_ZOO_DATA", put(tmp_path / "variable", 6))
    assert load_graph("cora").num_nodes == load_graph(mine).num_nodes == 6
    root = put(tmp_path / "root", 7)
    assert load_graph("cora", root).num_nodes == load_graph(mine, root).num_nodes == 7
    put(Path(), 8)  # the working directory: for paths only
    assert load_graph("cora").num_nodes == 6 and load_graph(mine).num_nodes == 8
    assert load_graph(mine, root).num_nodes == 7
    with pytest.raises(FileNotFoundError, match=r"searched: root=.*none \(no such folder\)\.$"):
        load_graph(mine, str(tmp_path / "none"))
    with pytest.raises(FileNotFoundError, match="gone.npz was not found"):
        load_graph(str(tmp_path / "gone.npz"))
    with pytest.raises(ValueError, match=r"graph must be one of cora, .*Did you mean citeseer"):
        load_graph("citeser")


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"num_nodes": 3}, "lacks the arrays edges; it holds num_nodes"),
        ({"edges": EDGES}, "needs num_nodes, or y"),
        ({"edges": EDGES.T, "num_nodes": 3}, r"edges must be integers of shape \(2, E\)"),
        ({"edges": EDGES * 1.0, "num_nodes": 3}, "got float64"),
        ({"edges": EDGES, "num_nodes": 2}, r"g.npz: edges must join nodes in 0..1, got \(1, 2\)"),
        ({"edges": EDGES, "num_nodes": 0}, "num_nodes must be an integer >= 1, got 0"),
        ({"edges": EDGES, "num_nodes": [3]}, r"num_nodes must be integers of shape \(\)"),
        ({"edges": EDGES, "num_nodes": 4, "y": [0, 1, 0]}, "num_nodes = 4 and the 3 labels"),
        ({"edges": EDGES, "num_nodes": 3, "directed": 1}, "directed must be a single truth value"),
        ({"edges": np.array([[0], [{}]], object), "num_nodes": 3}, "edges cannot be read .Object"),
    ],
)
def test_wrong_files_are_explained(tmp_path: Path, arrays: dict[str, Any], words: str) -> None:
    path = save(tmp_path / "g.npz", **arrays)
    with pytest.raises(ValueError, match=words) as error:
        load_graph(path)
    assert "g.npz" in str(error.value)


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    path = Path(save(tmp_path / "g.npz", edges=EDGES, num_nodes=3))
    whole = path.read_bytes()
    for content in (b"", whole[: len(whole) // 2], b"0 1\n1 2\n"):
        path.write_bytes(content)
        with pytest.raises(ValueError, match="g.npz: not a readable npz file"):
            load_graph(str(path))
    spoilt = bytearray(whole)
    place = whole.index(EDGES.tobytes())
    spoilt[place] ^= 255  # in the numbers: the archive's checksum does not fit
    path.write_bytes(bytes(spoilt))
    with pytest.raises(ValueError, match="the array edges cannot be read"):
        load_graph(str(path))
    with path.open("wb") as file:
        np.save(file, EDGES)
    with pytest.raises(ValueError, match="must be an npz file with named arrays"):
        load_graph(str(path))


# --- normalisation --------------------------------------------------------------------------------


def normalised(x: torch.Tensor, mode: str) -> torch.Tensor:
    """Entry by entry, from the definition."""
    rows, columns = x.shape

    def divide(x: list[list[float]], sums: list[float], axis: int, root: bool) -> list[list[float]]:
        return [
            [
                v / (math.sqrt(s) if root else s) if (s := sums[(i, j)[axis]]) else v
                for j, v in enumerate(row)
            ]
            for i, row in enumerate(x)
        ]

    def sums(x: list[list[float]], axis: int) -> list[float]:
        if axis == 0:
            return [sum(row) for row in x]
        return [sum(x[i][j] for i in range(rows)) for j in range(columns)]

    values = x.tolist()
    if mode == "row_column":
        values = divide(values, sums(values, 0), 0, root=True)
        values = divide(values, sums(values, 1), 1, root=True)
    else:
        axis = 0 if mode == "row" else 1
        values = divide(values, sums(values, axis), axis, root=False)
    return torch.tensor(values, dtype=x.dtype)


@pytest.mark.parametrize("mode", ["row", "column", "row_column"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_normalisation(mode: str, dtype: torch.dtype) -> None:
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(5, 4, generator=generator, dtype=dtype)
    x = x * (torch.rand(5, 4, generator=generator) < 0.5)
    x[1], x[:, 2] = 0, 0  # a row and a column without anything
    before = x.clone()
    expected = normalised(x, mode)
    for given in (x, x.to_sparse_csr()):
        result = degree_normalize(given, mode)
        assert result.layout == given.layout and result.dtype == dtype
        torch.testing.assert_close(result.to_dense(), expected)
    assert torch.equal(x, before)


@pytest.mark.parametrize(
    ("x", "mode", "words"),
    [
        (torch.ones(2, 2), "rows", "mode must be one of row, column"),
        (torch.ones(2), "row", r"shape \(N, m\)"),
        (torch.ones(2, 2).long(), "row", "must be floating point"),
        (torch.ones(2, 2).to_sparse(), "row", "dense or sparse CSR, got the layout"),
    ],
)
def test_what_cannot_be_normalised(x: torch.Tensor, mode: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        degree_normalize(x, mode)
