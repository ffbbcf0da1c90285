"""Naive matrices of chain and graph interdependence: dense, from the definitions alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from tests.functions.oracles import Arguments, Array
from tests.functions.oracles_interdependence import Parameters, mixing

Matrix: TypeAlias = "Callable[[Mapping[str, Any]], Array]"

MATRICES: dict[str, Matrix] = {}
"""A (n, n) of each function, from its options; it depends on nothing else."""


def matrix(name: str) -> Callable[[Matrix], Matrix]:
    """Decorator: make a function the oracle of the interdependence function ``name``."""

    def decorate(function: Matrix) -> Matrix:
        MATRICES[name] = function

        @mixing(name)
        def of_arguments(a: Arguments, C: Array, parameters: Parameters) -> Array:
            return function(a)

        return function

    return decorate


def normalized(A: Array, mode: str) -> Array:
    if mode == "symmetric":
        rows, columns = ([sum(line) or 1.0 for line in matrix] for matrix in (A, A.T))
        return np.array(
            [
                [v / math.sqrt(r * c) for v, c in zip(line, columns, strict=True)]
                for line, r in zip(A, rows, strict=True)
            ]
        )
    A = A.copy()
    root = math.sqrt if mode == "row_column" else float
    if mode in ("row", "row_column"):
        for i in range(A.shape[0]):
            total = sum(A[i]) or 1.0
            A[i] = [v / root(total) for v in A[i]]
    if mode in ("column", "row_column"):
        for j in range(A.shape[1]):
            total = sum(A[:, j]) or 1.0
            A[:, j] = [v / root(total) for v in A[:, j]]
    return A


def adjacency(a: Mapping[str, Any], loops: bool) -> Array:
    """Links, self dependence, normalisation, in this order."""
    if "nodes" in a:
        names = list(range(a["nodes"])) if isinstance(a["nodes"], int) else list(a["nodes"])
        pairs = [(names.index(s), names.index(t)) for s, t in a["links"]]
        both = not a.get("directed", True)
    else:
        chain = a.get("chain") or {}
        n = a.get("chain_length") or chain["length"]
        names = list(range(n))
        pairs = [(i, i + 1) for i in range(n - 1)]
        both = chain.get("bi_directional", a.get("bi_directional", False))
    A = np.zeros((len(names), len(names)))
    for i, j in pairs:
        A[i, j] = 1.0
        if both:
            A[j, i] = 1.0
    if loops:
        for i in range(len(names)):
            A[i, i] += a.get("self_scaling", 1.0)
    if a.get("normalization", False):
        A = normalized(A, a.get("normalization_mode", "row"))
    return A


def goes_both_ways(a: Mapping[str, Any]) -> bool:
    return bool((a.get("chain") or {}).get("bi_directional", a.get("bi_directional", False)))


def power_sum(A: Array, first: int, last: int) -> Array:
    total = np.zeros_like(A)
    for k in range(first, last + 1):
        total = total + np.linalg.matrix_power(A, k)
    return total


@matrix("chain_interdependence")
def chain(a: Mapping[str, Any]) -> Array:
    return adjacency(a, a.get("self_dependence", True))


@matrix("multihop_chain_interdependence")
def multihop_chain(a: Mapping[str, Any]) -> Array:
    A = adjacency(a, a.get("self_dependence", True))
    h = a.get("h", 1)
    if not a.get("accumulative", False):
        return np.linalg.matrix_power(A, h)
    total = power_sum(A, 1, h)
    return normalized(total, "column") if goes_both_ways(a) else total


@matrix("inverse_approx_multihop_chain_interdependence")
def inverse_chain(a: Mapping[str, Any]) -> Array:
    A = adjacency(a, False)
    if goes_both_ways(a):
        return normalized(power_sum(A, 1, len(A) - 1), "column")
    return np.asarray(np.linalg.inv(np.eye(len(A)) - A))


@matrix("exponential_approx_multihop_chain_interdependence")
def exponential_chain(a: Mapping[str, Any]) -> Array:
    A = adjacency(a, False)
    terms = [np.linalg.matrix_power(A, k) / math.factorial(k) for k in range(60)]
    return np.asarray(sum(terms))


@matrix("graph_interdependence")
def graph(a: Mapping[str, Any]) -> Array:
    return adjacency(a, a.get("self_dependence", False))


@matrix("multihop_graph_interdependence")
def multihop_graph(a: Mapping[str, Any]) -> Array:
    A = adjacency(a, a.get("self_dependence", False))
    h = a.get("h", 1)
    return power_sum(A, 1, h) if a.get("accumulative") else np.linalg.matrix_power(A, h)


@matrix("pagerank_multihop_graph_interdependence")
def pagerank(a: Mapping[str, Any]) -> Array:
    A, c = adjacency(a, False), a.get("c", 0.15)
    return np.asarray(c * np.linalg.inv(np.eye(len(A)) - (1 - c) * A))
