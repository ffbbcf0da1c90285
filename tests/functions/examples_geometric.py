"""Example options for the functions of grids and patches."""

from __future__ import annotations

from typing import Any

Case = tuple[dict[str, Any], dict[str, Any]]
"""The sizes, and the options of a config."""

PROCESSED = {"preprocess_functions": "tanh", "postprocess_functions": "sigmoid"}

CUBOID: list[Case] = [
    ({"m": 12}, {"h": 3, "w": 4, "p_h": 1, "p_w": 1}),
    (
        {"m": 24},
        {"h": 4, "w": 3, "channel_num": 2, "p_h": 1, "p_w": 0, "p_w_prime": 2, **PROCESSED},
    ),
    (
        {"m": 18},
        {"h": 3, "w": 3, "d": 2, "p_h": 1, "p_w": 0, "p_d": 1, "p_d_prime": 0}
        | {"cd_h": 2, "cd_w": 1, "cd_d": 1},
    ),
    ({"m": 16}, {"h": 4, "w": 4, "p_h": 1, "p_w": 1, "packing_strategy": "complete_square"}),
    (
        {"m": 16},
        {"h": 4, "w": 4, "p_h": 0, "p_w": 0, "p_h_prime": 1, "p_w_prime": 1}
        | {"cd_h": 2, "cd_w": 2, "cd_d": 1},
    ),
]
CYLINDER: list[Case] = [
    ({"m": 16}, {"h": 4, "w": 4, "p_r": 1}),
    ({"m": 24}, {"h": 3, "w": 4, "d": 2, "p_r": 2, "p_d": 0, "p_d_prime": 1, **PROCESSED}),
    (
        {"m": 24},
        {"h": 3, "w": 4, "channel_num": 2, "p_r": 2, "packing_strategy": "dense_hexagonal"},
    ),
]
SPHERE: list[Case] = [
    ({"m": 18}, {"h": 3, "w": 3, "d": 2, "p_r": 1}),
    (
        {"m": 24},
        {"h": 3, "w": 4, "channel_num": 2, "p_r": 2, "packing_strategy": "sparse_hexagonal"},
    ),
]
PATCHES: list[tuple[str, Any]] = [
    ("cuboid", CUBOID),
    ("cylinder", CYLINDER),
    ("sphere", SPHERE),
]
GENERAL: list[Case] = [
    ({"m": 12}, {"h": 3, "w": 4, "patch": {"shape": "cuboid", "p_h": 1, "p_w": 0}}),
    (
        {"m": 18},
        {"h": 3, "w": 3, "d": 2, "patch": {"shape": "cylinder", "p_r": 1, "p_d": 1}, **PROCESSED},
    ),
    ({"m": 8}, {"h": 2, "w": 2, "channel_num": 2, "patch": {"shape": "sphere", "p_r": 1}}),
]


def with_metrics(cases: list[Case], *metrics: str) -> list[Case]:
    """The cases with these metrics in turn."""
    return [
        (sizes, {**options, "metric": metrics[i % len(metrics)]})
        for i, (sizes, options) in enumerate(cases)
    ]


CASES: dict[str, list[Case]] = {
    "geometric_expansion": GENERAL,
    "geometric_compression": with_metrics(GENERAL, "max", "std", "l2_norm"),
}
for shape, cases in PATCHES:
    CASES[f"{shape}_patch_based_geometric_expansion"] = cases
    CASES[f"{shape}_patch_based_geometric_compression"] = with_metrics(
        cases, "sum", "prod", "median", "batch_mean"
    )
    for metric in ("max", "min", "mean"):
        CASES[f"{shape}_{metric}_based_geometric_compression"] = cases
