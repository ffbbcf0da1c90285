"""Textbook chains and graphs: A as a dense matrix, formed once and kept, then one product."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from benchmarks.oracles_interdependence import mixing

Matrix: TypeAlias = "Callable[[Mapping[str, Any]], Tensor]"

LINKS_PER_NODE = 2
"""As in citation graphs."""


def is_structure(name: str) -> bool:
    """Whether a function's matrix is that of a chain or a graph."""
    return name.endswith(("chain_interdependence", "graph_interdependence"))


def options(name: str, n: int) -> dict[str, Any]:
    """Options of chains and graphs over n attributes.

    Args:
        name: the registry key.
        n: number of attributes.
    """
    given: dict[str, Any] = {"interdependence_type": "attribute", "normalization": True}
    if "chain" in name:
        return {"interdependence_type": "attribute", "chain_length": n}
    return {**given, "nodes": n, "links": random_links(n, LINKS_PER_NODE * n), "directed": False}


def random_links(n: int, count: int, seed: int = 0) -> list[list[int]]:
    """About ``count`` links between n nodes, none of a node to itself."""
    generator = torch.Generator().manual_seed(seed)
    pairs = torch.randint(n, (count, 2), generator=generator).sort(1).values.unique(dim=0)
    return pairs[pairs[:, 0] != pairs[:, 1]].tolist()


def adjacency(a: Mapping[str, Any], loops: bool) -> Tensor:
    """Links, self dependence, normalisation; dense, float64."""
    if "chain_length" in a:
        n, both = a["chain_length"], a.get("bi_directional", False)
        A = torch.ones(n - 1, dtype=torch.float64).diag(1)
    else:
        n, both = a["nodes"], not a.get("directed", True)
        A = torch.zeros(n, n, dtype=torch.float64)
        for source, target in a["links"]:
            A[source, target] = 1.0
    if both:
        A = torch.maximum(A, A.T)
    if loops:
        A += a.get("self_scaling", 1.0) * torch.eye(n, dtype=torch.float64)
    return _normalized(A, a.get("normalization_mode", "row")) if a.get("normalization") else A


def _normalized(A: Tensor, mode: str) -> Tensor:
    for axis in {"row": [1], "column": [0], "row_column": [1, 0]}[mode]:
        sums = A.sum(axis, keepdim=True)
        sums = torch.where(sums == 0, 1, sums)
        A = A / (sums.sqrt() if mode == "row_column" else sums)
    return A


def kept(name: str) -> Callable[[Matrix], Matrix]:
    """Decorator: the oracle of a function whose dense matrix depends on its options alone.

    Args:
        name: the registry key.
    """
    matrices: WeakKeyDictionary[nn.Module, Tensor] = WeakKeyDictionary()

    def decorate(matrix: Matrix) -> Matrix:
        @mixing(name)
        def _once(f: Any, C: Tensor) -> Tensor:
            if f not in matrices:
                matrices[f] = matrix(f.config).to(C)
            return matrices[f]

        return matrix

    return decorate


def _powers(A: Tensor, h: int, accumulative: bool) -> Tensor:
    power = total = A
    for _ in range(h - 1):
        power = power @ A
        total = total + power
    return total if accumulative else power


@kept("chain_interdependence")
def _chain(a: Mapping[str, Any]) -> Tensor:
    return adjacency(a, a.get("self_dependence", True))


@kept("multihop_chain_interdependence")
def _multihop_chain(a: Mapping[str, Any]) -> Tensor:
    accumulative = a.get("accumulative", False)
    A = _powers(_chain(a), a.get("h", 1), accumulative)
    return _normalized(A, "column") if accumulative and a.get("bi_directional") else A


@kept("inverse_approx_multihop_chain_interdependence")
def _inverse_chain(a: Mapping[str, Any]) -> Tensor:
    A = adjacency(a, False)
    identity = torch.eye(len(A), dtype=A.dtype)
    if not a.get("bi_directional"):
        return torch.linalg.inv(identity - A)
    return _normalized(_scaled_sum(A, len(A) - 1)[1], "column")


def _scaled_sum(A: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """A^k and A + A^2 + ... + A^k, both over s^k so that nothing overflows; k >= 1."""
    s = float(A.sum(0).max())
    if k == 1:
        return A / s, A / s
    half, identity = k // 2, torch.eye(len(A), dtype=A.dtype)
    power, total = _scaled_sum(A, half)
    power, total = power @ power, total / s**half + power @ total
    if k % 2:
        power, total = A @ power / s, A @ (identity / s ** (2 * half) + total) / s
    return power, total


@kept("exponential_approx_multihop_chain_interdependence")
def _exponential_chain(a: Mapping[str, Any]) -> Tensor:
    return torch.linalg.matrix_exp(adjacency(a, False))


@kept("graph_interdependence")
def _graph(a: Mapping[str, Any]) -> Tensor:
    return adjacency(a, a.get("self_dependence", False))


@kept("multihop_graph_interdependence")
def _multihop_graph(a: Mapping[str, Any]) -> Tensor:
    return _powers(_graph(a), a.get("h", 1), a.get("accumulative", False))


@kept("pagerank_multihop_graph_interdependence")
def _pagerank(a: Mapping[str, Any]) -> Tensor:
    A, c = adjacency(a, False), a.get("c", 0.15)
    return c * torch.linalg.inv(torch.eye(len(A), dtype=A.dtype) - (1 - c) * A)
