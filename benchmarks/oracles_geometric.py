"""Textbook functions of grids: a sparse matrix that is made cell by cell, then multiplied.

The matrix has a column for every cell of every patch; it is made once and not timed.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from benchmarks.oracles import ORACLES, Oracle
from rpn_zoo import functions
from rpn_zoo.functions.geometry import Grid, Patches

IMAGE, VOLUME = Grid(32, 32, channel_num=3), Grid(16, 16, 12)
TINY_IMAGE, TINY_VOLUME = Grid(3, 4, channel_num=2), Grid(3, 3, 2)
FULL_WIDTH = 784
"""The input width from which on the grids have their full sizes."""


def is_geometric(name: str) -> bool:
    """Whether a function is one of a grid's patches."""
    return name.removesuffix("_" + functions.get(name).family).endswith("geometric")


def grid_of(name: str, width: int) -> Grid:
    """The grid with which a function is timed: a volume for balls, else an image."""
    if width < FULL_WIDTH:
        return TINY_VOLUME if name.startswith("sphere") else TINY_IMAGE
    return VOLUME if name.startswith("sphere") else IMAGE


def options(name: str, width: int) -> dict[str, Any]:
    """The options of a function of a grid: 3 x 3 boxes, discs of radius 2, balls of radius 1."""
    grid = grid_of(name, width)
    given: dict[str, Any] = {"h": grid.h, "w": grid.w, "d": grid.d}
    given["channel_num"] = grid.channel_num
    if name.startswith("geometric"):
        given["patch"] = {"shape": "cuboid", "p_h": 1, "p_w": 1, "p_w_prime": 2}
    elif name.startswith("cuboid"):
        given |= {"p_h": 1, "p_w": 1}
    else:
        given["p_r"] = 1 if name.startswith("sphere") else 2
    if name.endswith("compression") and ("patch_based" in name or name.startswith("geometric")):
        given["metric"] = "std"
    return given


@functools.lru_cache(maxsize=1)
def sparse_matrix(patches: Patches) -> Tensor:
    """The transposed matrix of one channel, (S P, h w d): row ``s P + p`` has one 1 or none."""
    grid, steps = patches.grid, patches.steps
    offsets = patches.patch.offsets().tolist()
    axes = [range(0, size, step) for size, step in zip(grid.shape, steps, strict=True)]
    centres = [(i, j, k) for i in axes[0] for j in axes[1] for k in axes[2]]
    rows, columns = [], []
    for s, (di, dj, dk) in enumerate(offsets):
        for p, (i, j, k) in enumerate(centres):
            x, y, z = i + di, j + dj, k + dk
            if 0 <= x < grid.h and 0 <= y < grid.w and 0 <= z < grid.d:
                rows.append(s * len(centres) + p)
                columns.append((x * grid.w + y) * grid.d + z)
    shape = (len(offsets) * len(centres), grid.cells)
    places = torch.tensor([rows, columns])
    matrix = torch.sparse_coo_tensor(places, torch.ones(len(rows)), shape, check_invariants=True)
    return matrix.coalesce().to(patches.index.device)


def read(f: Any, x: Tensor) -> Tensor:
    """All patches, (b, channels, S, P), by one sparse product."""
    grid = f.patches.grid
    rows = x.reshape(-1, grid.cells)
    y = torch.sparse.mm(sparse_matrix(f.patches), rows.T).T
    return y.reshape(len(x), grid.channel_num, f.patches.volume, f.patches.count)


def _expansion(f: Any, x: Tensor) -> Tensor:
    return read(f, x).flatten(1)


_REDUCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "max": lambda y: y.max(2).values,
    "min": lambda y: y.min(2).values,
    "mean": lambda y: y.mean(2),
    "std": lambda y: y.std(2),
}


def _compression(f: Any, x: Tensor) -> Tensor:
    return _REDUCTIONS[f.metric.name](read(f, x)).flatten(1)


def _interdependence(f: Any, x: Tensor) -> Tensor:
    y = read(f, x).permute(0, 3, 1, 2)  # (b, P, channels, S)
    return (y.sum(-1) if f.aggregates else y).flatten(1)


_ORACLES: dict[str, Oracle] = {
    "expansion": _expansion,
    "compression": _compression,
    "interdependence": _interdependence,
}
for _name in functions.list():
    if is_geometric(_name):
        ORACLES[_name] = _ORACLES[functions.get(_name).family]
