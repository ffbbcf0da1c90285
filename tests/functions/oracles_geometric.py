"""Naive oracles of the functions of grids: loops over cells, from the definitions alone."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tests.functions.oracles import Arguments, Array, expansion, oracle
from tests.functions.oracles_interdependence import MatrixOracle, Parameters, mixing
from tests.functions.oracles_structure import normalized

Cell = tuple[int, int, int]
METRICS: dict[str, Callable[[list[float]], float]] = {
    "max": max,
    "min": min,
    "sum": sum,
    "prod": math.prod,
    "mean": lambda v: sum(v) / len(v),
    "median": lambda v: sorted(v)[(len(v) - 1) // 2],
    "std": lambda v: math.sqrt(sum((a - sum(v) / len(v)) ** 2 for a in v) / (len(v) - 1)),
    "l2_norm": lambda v: math.sqrt(sum(a * a for a in v)),
}


def patch_of(a: Arguments, shape: str) -> dict[str, Any]:
    """The sizes of the patch and its shape: that of the function, or as the patch says."""
    patch = {"shape": shape, **a, **a.get("patch", {})}
    return {**patch, "p_r": patch.get("p_r", patch.get("r"))}


def offsets(a: Arguments, shape: str) -> list[Cell]:
    """The offsets of the patch, in the order of three nested loops."""
    patch = patch_of(a, shape)
    r = patch["p_r"]
    if patch["shape"] == "cuboid":
        p = {k: patch.get(f"p_{k}", 0) for k in "hwd"}
        q = {k: patch.get(f"p_{k}_prime", p[k]) for k in "hwd"}
        return list(itertools.product(*[range(-p[k], q[k] + 1) for k in "hwd"]))
    if patch["shape"] == "sphere":
        box = itertools.product(range(-r, r + 1), repeat=3)
        return [c for c in box if sum(x * x for x in c) <= r * r]
    depth = range(-patch.get("p_d", 0), patch.get("p_d_prime", patch.get("p_d", 0)) + 1)
    box = itertools.product(range(-r, r + 1), range(-r, r + 1), depth)
    return [c for c in box if c[0] ** 2 + c[1] ** 2 <= r * r]


def steps(a: Arguments, shape: str) -> Cell:
    """The distances of the centres."""
    if "cd_h" in a:
        return a["cd_h"], a["cd_w"], a["cd_d"]
    patch = patch_of(a, shape)
    r = patch["p_r"] or 0
    table: dict[str, tuple[float, float, float]] = {
        "densest_packing": (1, 1, 1),
        "complete_square": tuple(2 * patch.get(f"p_{k}", 0) for k in "hwd"),  # type: ignore[dict-item]
        "dense_hexagonal": (math.sqrt(6) / 2 * r, math.sqrt(2) * r, patch.get("p_d", 0)),
        "sparse_hexagonal": (2 * r, 2 * r, math.sqrt(6) * r),
    }
    h, w, d = table[a.get("packing_strategy", "densest_packing")]
    return max(1, int(h)), max(1, int(w)), max(1, int(d))


def places(a: Arguments, shape: str) -> list[list[int | None]]:
    """For every patch the places of its cells in one channel; None outside the grid."""
    h, w, d = a["h"], a["w"], a.get("d", 1)
    ch, cw, cd = steps(a, shape)
    found = []
    for i in range(0, h, ch):
        for j in range(0, w, cw):
            for k in range(0, d, cd):
                cells: list[int | None] = []
                for di, dj, dk in offsets(a, shape):
                    x, y, z = i + di, j + dj, k + dk
                    inside = 0 <= x < h and 0 <= y < w and 0 <= z < d
                    cells.append((x * w + y) * d + z if inside else None)
                found.append(cells)
    return found


def patches(a: Arguments, shape: str, row: Array) -> Iterator[list[list[float]]]:
    """For each channel the cells of every patch."""
    size = a["h"] * a["w"] * a.get("d", 1)
    for c in range(a.get("channel_num", 1)):
        yield [
            [0.0 if q is None else float(row[c * size + q]) for q in cells]
            for cells in places(a, shape)
        ]


def expanded(shape: str) -> Callable[[Arguments, Array], list[float]]:
    def row_of(a: Arguments, row: Array) -> list[float]:
        return [
            cells[o]
            for channel in patches(a, shape, row)
            for o in range(len(channel[0]))
            for cells in channel
        ]

    return row_of


def compressed(shape: str, metric: str | None) -> Callable[[Arguments, Array], list[float]]:
    def row_of(a: Arguments, row: Array) -> list[float]:
        function = METRICS[(metric or a["metric"]).removeprefix("batch_")]
        return [function(cells) for channel in patches(a, shape, row) for cells in channel]

    return row_of


def channel_matrix(a: Arguments, shape: str, mode: str) -> Array:
    """The matrix of one channel, normalised."""
    found = places(a, shape)
    S = len(found[0])
    A = np.zeros((a["h"] * a["w"] * a.get("d", 1), len(found) * (S if mode == "padding" else 1)))
    for p, cells in enumerate(found):
        for s, q in enumerate(cells):
            if q is not None:
                A[q, p * S + s if mode == "padding" else p] = 1.0
    if a.get("normalization"):
        A = normalized(A, a.get("normalization_mode", "row_column"))
    return A


def matrix_of_channels(shape: str, fixed: str | None) -> MatrixOracle:
    """The matrix with the columns (patch, channel, entry)."""

    def build(a: Arguments, C: Array, parameters: Parameters) -> Array:
        mode = fixed or a.get("interdependence_matrix_mode", "padding")
        one, U = channel_matrix(a, shape, mode), a.get("channel_num", 1)
        V, S = len(one), len(offsets(a, shape)) if mode == "padding" else 1
        A = np.zeros((U * V, U * one.shape[1]))
        for u in range(U):
            for q in range(V):
                for column in range(one.shape[1]):
                    p, s = divmod(column, S)
                    A[u * V + q, (p * U + u) * S + s] = one[q, column]
        return A

    return build


oracle("geometric_expansion")(expansion(expanded("")))
oracle("geometric_compression")(expansion(compressed("", None)))
mixing("geometric_interdependence")(matrix_of_channels("", None))
for kind in ("cuboid", "cylinder", "sphere"):
    oracle(f"{kind}_patch_based_geometric_expansion")(expansion(expanded(kind)))
    oracle(f"{kind}_patch_based_geometric_compression")(expansion(compressed(kind, None)))
    for name in ("max", "min", "mean"):
        oracle(f"{kind}_{name}_based_geometric_compression")(expansion(compressed(kind, name)))
    for key, given in (("", None), ("padding_", "padding"), ("aggregation_", "aggregation")):
        mixing(f"{kind}_patch_{key}based_geometric_interdependence")(
            matrix_of_channels(kind, given)
        )
