"""Chains and graphs against the product with their dense matrix, formed beforehand."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from benchmarks.oracles import ORACLES
from benchmarks.oracles_structure import random_links
from benchmarks.results import Goal, Quantity, Row, Section
from benchmarks.settings import Settings
from benchmarks.timing import Work, interleave
from rpn_zoo import functions

CHAIN = 784
NODES, LINKS, COLUMNS = 2708, 5278, 16
"""The sizes of the Cora citation graph (undirected links) and of a narrow layer on it."""
TOLERANCE = 0.05

BOTH_WAYS = {"bi_directional": True}
CHAINS: list[tuple[str, dict[str, Any]]] = [
    ("chain", {}),
    ("chain", {**BOTH_WAYS, "normalization": True}),
    ("multihop_chain", {"h": 2}),
    ("multihop_chain", {"h": 4, "accumulative": True, **BOTH_WAYS}),
    ("inverse_approx_multihop_chain", {}),
    ("inverse_approx_multihop_chain", BOTH_WAYS),
    ("exponential_approx_multihop_chain", {}),
    ("exponential_approx_multihop_chain", BOTH_WAYS),
]
GRAPHS: list[tuple[str, dict[str, Any]]] = [
    ("graph", {"self_dependence": True}),
    ("multihop_graph", {"h": 2, "self_dependence": True}),
    ("multihop_graph", {"h": 4, "accumulative": True}),
    ("pagerank_multihop_graph", {}),
]


def measure(
    settings: Settings, chain: int = CHAIN, nodes: int = NODES, links: int = LINKS
) -> Section:
    """Time every function of chains and graphs, in instance mode, forward and backward.

    Args:
        settings: how to measure; as many columns are mixed along a chain as a batch has rows.
        chain: length of the chain.
        nodes: number of nodes of the graph.
        links: number of its undirected links.
    """
    section = Section("structure", "Chains and graphs against their dense matrices")
    slower: list[str] = []
    graph = {
        "nodes": nodes,
        "links": random_links(nodes, links),
        "directed": False,
        "normalization": True,
        "normalization_mode": "column",
    }
    chains: dict[str, object] = {"chain_length": chain}
    runs = [(name, chains, o, chain, settings.batch) for name, o in CHAINS]
    runs += [(name, graph, o, nodes, COLUMNS) for name, o in GRAPHS]
    for name, structure, options, n, columns in runs:
        spec = {"name": f"{name}_interdependence", **structure, **options}
        row, ratio = _row(spec, options, n, columns, settings)
        section.rows.append(row)
        if (ratio.value if ratio.high is None else ratio.high) < 1 - TOLERANCE:
            slower.append(f"{name} {options}")
    section.goals.append(
        Goal(
            "functions slower than their dense matrix" + (f": {slower}" if slower else ""),
            Quantity(float(len(slower)), ""),
            0,
        )
    )
    section.notes.append(
        "The dense matrix is formed before the clock starts: that of PageRank by an inverse of "
        f"seconds. A graph has {nodes:,} nodes and about {links:,} undirected links."
    )
    return section


def _row(
    spec: dict[str, Any], options: dict[str, Any], n: int, columns: int, settings: Settings
) -> tuple[Row, Quantity]:
    """Time one function; return the row and how often its time goes into the matrix's."""
    f = functions.create(spec, m=columns).to(settings.device)
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(n, columns, generator=generator).to(settings.device).requires_grad_()
    oracle = ORACLES[spec["name"]]
    torch.testing.assert_close(f(x), oracle(f, x), rtol=1e-3, atol=1e-4)
    trained = interleave({"ours": _step(f, x), "dense": _step(lambda x: oracle(f, x), x)}, settings)
    with torch.no_grad():
        forward = interleave({"ours": lambda: f(x), "dense": lambda: oracle(f, x)}, settings)
    ratio = trained.ratio("dense", "ours")
    row: Row = {
        "function": spec["name"].removesuffix("_interdependence"),
        "options": ", ".join(f"{k}={v}" for k, v in options.items()),
        "sizes": f"{n} x {columns}",
        "ours": trained.time("ours"),
        "dense": trained.time("dense"),
        "dense / ours": ratio,
        "no gradients": forward.ratio("dense", "ours"),
    }
    return row, ratio


def _step(function: Any, x: Tensor) -> Work:
    """Forward, then the gradient of x."""

    def work() -> None:
        y = function(x)
        torch.autograd.grad(y, x, torch.ones_like(y))

    return work
