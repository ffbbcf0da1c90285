"""Naive oracles of the functions of grids: loops over cells, from the definitions alone."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator

from tests.functions.oracles import Arguments, Array, expansion, oracle

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


def offsets(a: Arguments) -> list[Cell]:
    """The offsets of the patch, in the order of three nested loops."""
    patch = a.get("patch") or a
    shape = patch.get("shape") or ("sphere" if "p_r" in a and a.get("_ball") else None)
    if "p_h" in patch:
        p = {k: patch.get(f"p_{k}", 0) for k in "hwd"}
        q = {k: patch.get(f"p_{k}_prime", p[k]) for k in "hwd"}
        box = [range(-p[k], q[k] + 1) for k in "hwd"]
        return list(itertools.product(*box))
    r = patch.get("p_r", patch.get("r"))
    if shape == "sphere":
        ball = itertools.product(range(-r, r + 1), repeat=3)
        return [c for c in ball if sum(x * x for x in c) <= r * r]
    depth = range(-patch.get("p_d", 0), patch.get("p_d_prime", patch.get("p_d", 0)) + 1)
    box = [range(-r, r + 1), range(-r, r + 1), depth]
    return [c for c in itertools.product(*box) if c[0] ** 2 + c[1] ** 2 <= r * r]


def steps(a: Arguments) -> Cell:
    """The distances of the centres."""
    if "cd_h" in a:
        return a["cd_h"], a["cd_w"], a["cd_d"]
    patch = a.get("patch") or a
    r = patch.get("p_r", 0)
    table: dict[str, tuple[float, float, float]] = {
        "densest_packing": (1, 1, 1),
        "complete_square": tuple(2 * patch.get(f"p_{k}", 0) for k in "hwd"),  # type: ignore[dict-item]
        "dense_hexagonal": (math.sqrt(6) / 2 * r, math.sqrt(2) * r, patch.get("p_d", 0)),
        "sparse_hexagonal": (2 * r, 2 * r, math.sqrt(6) * r),
    }
    h, w, d = table[a.get("packing_strategy", "densest_packing")]
    return max(1, int(h)), max(1, int(w)), max(1, int(d))


def patches(a: Arguments, row: Array) -> Iterator[list[list[float]]]:
    """For each channel the cells of every patch."""
    h, w, d = a["h"], a["w"], a.get("d", 1)
    ch, cw, cd = steps(a)
    for c in range(a.get("channel_num", 1)):
        found = []
        for i in range(0, h, ch):
            for j in range(0, w, cw):
                for k in range(0, d, cd):
                    cells = []
                    for di, dj, dk in offsets(a):
                        x, y, z = i + di, j + dj, k + dk
                        inside = 0 <= x < h and 0 <= y < w and 0 <= z < d
                        place = ((c * h + x) * w + y) * d + z
                        cells.append(float(row[place]) if inside else 0.0)
                    found.append(cells)
        yield found


def ball(a: Arguments, shape: str) -> Arguments:
    """The arguments with the shape of the patch named."""
    return {**a, "_ball": shape == "sphere"}


def expanded(shape: str) -> Callable[[Arguments, Array], list[float]]:
    def row_of(a: Arguments, row: Array) -> list[float]:
        return [
            cells[o]
            for channel in patches(ball(a, shape), row)
            for o in range(len(channel[0]))
            for cells in channel
        ]

    return row_of


def compressed(shape: str, metric: str | None) -> Callable[[Arguments, Array], list[float]]:
    def row_of(a: Arguments, row: Array) -> list[float]:
        function = METRICS[(metric or a["metric"]).removeprefix("batch_")]
        return [function(cells) for channel in patches(ball(a, shape), row) for cells in channel]

    return row_of


oracle("geometric_expansion")(expansion(expanded("")))
oracle("geometric_compression")(expansion(compressed("", None)))
for kind in ("cuboid", "cylinder", "sphere"):
    oracle(f"{kind}_patch_based_geometric_expansion")(expansion(expanded(kind)))
    oracle(f"{kind}_patch_based_geometric_compression")(expansion(compressed(kind, None)))
    for name in ("max", "min", "mean"):
        oracle(f"{kind}_{name}_based_geometric_compression")(expansion(compressed(kind, name)))
