"""Chains and graphs: large ones against dense matrices, their errors, their config."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from rpn_zoo import functions
from rpn_zoo.functions.graph import Graph
from rpn_zoo.functions.interdependence.chain_spectrum import cosine_transform, sine_transform
from tests.functions.oracles_structure import MATRICES


def random_links(n: int, count: int, seed: int = 0) -> list[list[int]]:
    generator = torch.Generator().manual_seed(seed)
    pairs = torch.randint(n, (count, 2), generator=generator).tolist()
    return sorted({(min(p), max(p)) for p in pairs if p[0] != p[1]})  # type: ignore[return-value]


LARGE: list[tuple[str, dict[str, Any]]] = [
    ("inverse_approx_multihop_chain_interdependence", {"bi_directional": True}),
    (
        "inverse_approx_multihop_chain_interdependence",
        {"bi_directional": True, "normalization": True},
    ),
    ("exponential_approx_multihop_chain_interdependence", {}),
    ("exponential_approx_multihop_chain_interdependence", {"bi_directional": True}),
    ("multihop_chain_interdependence", {"h": 5, "accumulative": True, "bi_directional": True}),
]


@pytest.mark.parametrize(("name", "options"), LARGE)
@pytest.mark.parametrize("n", [2, 3, 128, 300])
def test_long_chains(name: str, options: dict[str, Any], n: int) -> None:
    given = {"chain_length": n, **options}
    f = functions.create({"name": name, **given}, m=3)
    z = torch.randn(n, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(n))
    A = MATRICES[name](given)
    np.testing.assert_allclose(f(z).numpy(), A.T @ z.numpy(), rtol=1e-10, atol=1e-12)
    in_single = f(z.float()).double()
    assert (in_single - f(z)).abs().max() < 1e-5 * f(z).abs().max()


def test_a_chain_of_a_thousand_members_does_not_overflow() -> None:
    f = functions.create(
        "inverse_approx_multihop_chain_interdependence", m=1, chain_length=1000, bi_directional=True
    )
    ones = torch.ones(1000, 1, dtype=torch.float64)
    torch.testing.assert_close(f(ones), ones, rtol=1e-9, atol=1e-9)  # columns add up to 1


def test_transforms_are_their_own_inverses() -> None:
    z = torch.randn(4, 7, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(sine_transform(sine_transform(z)), z, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(cosine_transform(cosine_transform(z)), 12 * z)


@pytest.mark.parametrize("mode", ["row", "column", "row_column", "symmetric"])
@pytest.mark.parametrize("nodes", [40, 1100])
@pytest.mark.parametrize("directed", [False, True])
def test_pagerank_by_its_matrix_and_by_iteration(nodes: int, directed: bool, mode: str) -> None:
    options: dict[str, Any] = {
        "nodes": nodes,
        "links": [list(pair) for pair in random_links(nodes, 3 * nodes)],
        "directed": directed,
        "normalization": True,
        "normalization_mode": mode,
    }
    f = functions.create("pagerank_multihop_graph_interdependence", m=2, **options)
    iterates = nodes > 1024 and mode != "row_column"
    assert (f.kept_bits is None) == iterates
    assert f.symmetric == (not directed)
    z = torch.randn(nodes, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    A = MATRICES["pagerank_multihop_graph_interdependence"](options)
    np.testing.assert_allclose(f(z).numpy(), A.T @ z.numpy(), rtol=1e-9, atol=1e-9)


def test_no_square_matrix_is_made_for_large_graphs() -> None:
    nodes = 20_000  # a dense matrix would have 3.2 GB
    links = Graph(nodes, torch.stack([torch.arange(nodes - 1), torch.arange(1, nodes)]))
    z = torch.ones(nodes, 1)
    for name in ("graph_interdependence", "multihop_graph_interdependence"):
        f = functions.create(name, m=1, graph=links)
        assert f(z).sum() == nodes - 1
    f = functions.create(
        "pagerank_multihop_graph_interdependence", m=1, graph=links, normalization=True
    )
    assert f.kept_bits is None
    assert f(z).isfinite().all()


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("chain_interdependence", {}, "must be given once"),
        ("chain_interdependence", {"chain_length": 0}, "chain_length must be an integer >= 1"),
        ("chain_interdependence", {"chain_length": 3, "chain": {"length": 3}}, "given once"),
        ("chain_interdependence", {"chain": {"size": 3}}, "chain must be"),
        ("chain_interdependence", {"chain_length": 3, "b": 4}, "b must be the length"),
        (
            "chain_interdependence",
            {"chain_length": 3, "interdependence_type": "attribute"},
            "m must be the length of the chain, 3, got m = 2",
        ),
        ("multihop_chain_interdependence", {"chain_length": 3, "h": -1}, "h must be an integer"),
        ("graph_interdependence", {}, "both nodes and links"),
        ("graph_interdependence", {"nodes": 2}, "both nodes and links"),
        ("graph_interdependence", {"graph": "cora", "nodes": 2}, "not by both"),
        ("graph_interdependence", {"nodes": [1, 1], "links": []}, "got 1 twice"),
        ("graph_interdependence", {"nodes": 2, "links": [[0, 5]]}, "unknown 5 in link 0"),
        ("graph_interdependence", {"nodes": 2, "links": [[5, 0]]}, "unknown 5 in link 0"),
        ("graph_interdependence", {"nodes": 2, "links": [[0, 1, 1]]}, "links must be pairs"),
        ("graph_interdependence", {"nodes": 2, "links": [[0, 1]], "b": 3}, "b must be the number"),
        (
            "graph_interdependence",
            {"nodes": 2, "links": [], "normalization": True, "normalization_mode": "both"},
            "mode must be one of",
        ),
        ("multihop_graph_interdependence", {"nodes": 2, "links": [], "h": -1}, "h must be"),
        ("pagerank_multihop_graph_interdependence", {"nodes": 2, "links": [], "c": 0}, "c must"),
        (
            "pagerank_multihop_graph_interdependence",
            {"nodes": 2, "links": [[0, 1], [1, 0]], "c": 1e-15},
            "singular",
        ),
    ],
)
def test_bad_arguments(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        functions.create(name, m=2, **options)


def test_options_without_effect_are_named() -> None:
    with pytest.warns(UserWarning, match="self_dependence has no effect"):
        functions.create(
            "inverse_approx_multihop_chain_interdependence",
            m=1, chain_length=3, self_dependence=True,
        )  # fmt: skip
    with pytest.warns(UserWarning, match="self_dependence has no effect"):
        functions.create(
            "pagerank_multihop_graph_interdependence",
            m=1, nodes=2, links=[], self_dependence=True,
        )  # fmt: skip


def test_a_graph_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "path.npz"
    np.savez(path, num_nodes=3, edges=np.array([[0, 1], [1, 2]]))
    f = functions.create("graph_interdependence", m=1, graph=str(path))
    assert f.config == {"name": "graph_interdependence", "graph": str(path)}
    assert f.matrix().tolist() == [[0, 1, 0], [1, 0, 1], [0, 1, 0]]
    with pytest.raises(ValueError, match="graph must be one of cora"):
        functions.create("graph_interdependence", m=1, graph="corra")


def test_a_graph_object_has_no_config() -> None:
    f = functions.create("graph_interdependence", m=1, graph=Graph(2, torch.tensor([[0], [1]])))
    with pytest.raises(TypeError, match="option graph was given as an object"):
        assert f.config


def test_wrong_numbers_of_rows_name_both_sizes() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        f = functions.create("graph_interdependence", m=2, nodes=3, links=[])
    with pytest.raises(ValueError, match=r"3 .*got 4"):
        f(torch.ones(4, 2))


def test_pagerank_is_exactly_zero_where_no_path_leads() -> None:
    links = [["a", "b"], ["b", "c"], ["c", "a"], ["d", "c"]]
    f = functions.create(
        "pagerank_multihop_graph_interdependence",
        m=1,
        nodes=list("abcde"),
        links=links,
        normalization=True,
        normalization_mode="row_column",
    ).double()
    zero = (f.matrix() == 0).tolist()
    reached = ["abc", "abc", "abc", "abcd", "e"]
    assert zero == [[node not in row for node in "abcde"] for row in reached]
