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


COLUMN_SOFTMAX = {"name": "operator_based_normalize_matrix", "mode": "column"}
NORMALIZED: list[dict[str, Any]] = [
    {"normalization": True},
    {},
    {"normalization": True, "normalization_mode": "column"},
    {"normalization": True, "normalization_mode": "row"},
    {"postprocess_functions": COLUMN_SOFTMAX},
]
INSTANCE = {"interdependence_type": "instance"}


def mixing(cases: list[Case], first: int, **more: Any) -> list[Case]:
    """The cases without their processing, normalised in turn, and two where rows are the cells."""
    plain = [
        (sizes, {k: v for k, v in options.items() if k not in PROCESSED})
        for sizes, options in cases
    ]
    found = [
        (sizes, {**options, **more, **NORMALIZED[(first + i) % len(NORMALIZED)]})
        for i, (sizes, options) in enumerate(plain)
    ]
    single = [options for _, options in plain if "channel_num" not in options]
    return found + [
        ({"m": 3}, {**options, **more, **INSTANCE, **NORMALIZED[(first + i) % 3]})
        for i, options in enumerate(single[:2])
    ]


def named_r(cases: list[Case]) -> list[Case]:
    """The cases with the radius under its other name."""
    return [
        (sizes, {"r" if key == "p_r" else key: value for key, value in options.items()})
        for sizes, options in cases
    ]


CASES: dict[str, list[Case]] = {
    "geometric_expansion": GENERAL,
    "geometric_interdependence": [
        *mixing(GENERAL, 0),
        *mixing(GENERAL, 4, interdependence_matrix_mode="aggregation"),
    ],
    "geometric_compression": with_metrics(GENERAL, "max", "std", "l2_norm"),
}
for shape, cases in PATCHES:
    CASES[f"{shape}_patch_based_geometric_expansion"] = cases
    CASES[f"{shape}_patch_based_geometric_compression"] = with_metrics(
        cases, "sum", "prod", "median", "batch_mean"
    )
    for metric in ("max", "min", "mean"):
        CASES[f"{shape}_{metric}_based_geometric_compression"] = cases
    tail = "based_geometric_interdependence"
    CASES[f"{shape}_patch_{tail}"] = mixing(cases[:1], 0) + mixing(
        cases[-1:], 3, interdependence_matrix_mode="aggregation"
    )
    CASES[f"{shape}_patch_padding_{tail}"] = mixing(cases, 1)
    CASES[f"{shape}_patch_aggregation_{tail}"] = mixing(named_r(cases), 2)
