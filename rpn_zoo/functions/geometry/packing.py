"""Packing strategies: the steps of the centres that each kind of patch is packed with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

Strategy: TypeAlias = Callable[[Any], tuple[float, float, float]]
"""The steps in height, width and depth of a patch; they are truncated, and at least 1."""

DENSEST = "densest_packing"
# The decimals of the literature's tables: with 4/3 in place of 1.3333 a radius of 3 would step 4.
TWO_THIRDS, FOUR_THIRDS = 0.6667, 1.3333

STRATEGIES: Mapping[str, Mapping[str, Strategy]] = {
    "cuboid": {
        DENSEST: lambda p: (1, 1, 1),
        "sparse_square": lambda p: (3 * p.p_h, 3 * p.p_w, 3 * p.p_d),
        "complete_square": lambda p: (2 * p.p_h, 2 * p.p_w, 2 * p.p_d),
        "dense_square": lambda p: (p.p_h, p.p_w, p.p_d),
    },
    "cylinder": {
        DENSEST: lambda p: (1, 1, 1),
        "sparse_square": lambda p: (2 * p.p_r, 2 * p.p_r, 2 * p.p_d),
        "complete_square": lambda p: (2**0.5 * p.p_r, 2**0.5 * p.p_r, 2 * p.p_d),
        "sparse_hexagonal": lambda p: (3**0.5 * p.p_r, 2 * p.p_r, 2 * p.p_d),
        "complete_hexagonal": lambda p: (1.5 * p.p_r, 3**0.5 * p.p_r, 2 * p.p_d),
        "dense_hexagonal": lambda p: (0.5 * 6**0.5 * p.p_r, 2**0.5 * p.p_r, p.p_d),
        "denser_hexagonal": lambda p: (0.5 * 3**0.5 * p.p_r, p.p_r, p.p_d),
    },
    "sphere": {
        DENSEST: lambda p: (1, 1, 1),
        "sparse_simple_cubic": lambda p: (2 * p.p_r,) * 3,
        "complete_simple_cubic": lambda p: (TWO_THIRDS * 3**0.5 * p.p_r,) * 3,
        "dense_simple_cubic": lambda p: (p.p_r,) * 3,
        "sparse_face_centered_cubic": lambda p: (
            2 * p.p_r,
            3**0.5 * p.p_r,
            TWO_THIRDS * 6**0.5 * p.p_r,
        ),
        "complete_face_centered_cubic": lambda p: (
            2**0.5 * p.p_r,
            TWO_THIRDS * 6**0.5 * p.p_r,
            FOUR_THIRDS * p.p_r,
        ),
        "dense_face_centered_cubic": lambda p: (p.p_r,) * 3,
        "sparse_hexagonal": lambda p: (2 * p.p_r, 2 * p.p_r, 6**0.5 * p.p_r),
        "complete_hexagonal": lambda p: (
            TWO_THIRDS * 3**0.5 * p.p_r,
            TWO_THIRDS * 3**0.5 * p.p_r,
            p.p_r,
        ),
        "dense_hexagonal": lambda p: (p.p_r,) * 3,
    },
}
