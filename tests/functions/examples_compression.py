"""Example options of the compressions, ``name -> [(sizes, options), ...]``, and data to fit."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

Cases = list[tuple[dict[str, Any], dict[str, Any]]]

BOTH: dict[str, Any] = {"preprocess_functions": "sigmoid", "postprocess_functions": "tanh"}
POSITIVE = {"preprocess_functions": "sigmoid"}
DENSITIES: dict[str, dict[str, Any]] = {
    "uniform": {"low": -1, "high": 2.5},
    "normal": {"mean": 0.3, "std": 0.5},
    "cauchy": {"loc": -0.2, "scale": 2.0},
    "laplace": {"loc": 0.4, "scale": 0.7},
    "chi2": {"df": 3},
    "exponential": {"rate": 2.0},
    "gamma": {"concentration": 2.5, "rate": 1.5},
}
EMBEDDINGS: dict[str, Cases] = {
    "isomap": [
        ({"m": 4}, {"D": 2, "n_neighbors": 4}),
        ({"m": 3}, {"D": 1, "preprocess_functions": "tanh"}),
    ],
    "lle": [
        ({"m": 4}, {"D": 2, "n_neighbors": 4}),
        ({"m": 3}, {"D": 1, "n_neighbors": 3, "preprocess_functions": "tanh"}),
    ],
    "spectral_embedding": [({"m": 2}, {"D": 2}), ({"m": 2}, {"D": 1, **BOTH})],
    "mds": [({"m": 2}, {"D": 2}), ({"m": 4}, {"D": 2}), ({"m": 3}, {"D": 1, "random_starts": 2})],
    "tsne": [({"m": 3}, {"D": 2, "perplexity": 3})],
}

CASES: dict[str, Cases] = {
    "identity_compression": [({"m": 4}, {}), ({"m": 3}, BOTH)],
    "reciprocal_compression": [({"m": 3}, {})],
    "linear_compression": [
        ({"m": 3}, {"post_C": [[0.1], [2], [-3]]}),
        ({"m": 3}, {}),
        ({"m": 3}, {"c": [0.3, -2, 1.5]}),
    ],
    **{
        f"{name}_compression": [({"m": 4}, {}), ({"m": 5}, BOTH), ({"m": 1}, {})]
        for name in ("max", "min", "sum", "mean", "prod", "median")
    },
    "metric_compression": [
        *(
            ({"m": 5}, {"metric": name})
            for name in ("std", "variance", "l1_norm", "l2_norm", "skewness", "mode", "var", "max")
        ),
        ({"m": 4}, {"metric": "batch_skew", **BOTH}),
        ({"m": 4}, {"metric": "norm", "metric_kwargs": {"p": 3.5}}),
        ({"m": 4}, {"metric": "batch_norm", "metric_kwargs": {"p": "fro"}}),
        ({"m": 3}, {"metric": "weighted_mean", "metric_kwargs": {"weights": [1, -0.5, 3]}}),
        ({"m": 4}, {"metric": "geometric_mean", **POSITIVE}),
        ({"m": 4}, {"metric": "hmean", **POSITIVE}),
        ({"m": 2}, {"metric": "hmean", "metric_kwargs": {"weights": [1, 4]}, **POSITIVE}),
        ({"m": 4}, {"metric": "entropy", "preprocess_functions": "softmax"}),
    ],
    "extended_compression": [
        ({"m": 3}, {"functions": ["max_compression", "taylor_expansion"], **BOTH}),
        (
            {"m": 4},
            {
                "functions": [
                    {"name": "incremental_PCA_based_compression", "D": 2},
                    {"name": "metric_compression", "metric": "std"},
                    {"name": "naive_normal_probabilistic_compression", "k": 2},
                ]
            },
        ),
    ],
    "nested_compression": [
        (
            {"m": 4},
            {
                "functions": [
                    {"name": "incremental_variance_threshold_based_compression", "D": 3},
                    "taylor_expansion",
                    {"name": "incremental_PCA_based_compression", "D": 2},
                ]
            },
        ),
        ({"m": 3}, {"functions": []}),
        ({"m": 3}, {"functions": ["chebyshev_expansion", "sum_compression"], **BOTH}),
    ],
    "incremental_PCA_based_compression": [
        ({"m": 4}, {"D": 2}),
        ({"m": 5}, {"D": 5}),
        ({"m": 20}, {"D": 3, **BOTH}),
    ],
    "incremental_random_projection_based_compression": [({"m": 4}, {"D": 3}), ({"m": 9}, {"D": 2})],
    "dimension_reduction_compression": [
        ({"m": 4}, {"D": 2, "dr_function": "incremental_PCA", **BOTH}),
        ({"m": 4}, {"D": 2, "dr_function": "incremental_random_projection"}),
    ],
    "incremental_variance_threshold_based_compression": [
        ({"m": 4}, {"D": 2}),
        ({"m": 3}, {"D": 3, **BOTH}),
    ],
    "incremental_feature_clustering_based_compression": [
        ({"m": 6}, {"D": 3}),
        ({"m": 3}, {"D": 3}),
        ({"m": 3}, {"D": 1, **BOTH}),
    ],
    "feature_selection_compression": [
        ({"m": 4}, {"D": 2, "fs_function": "incremental_variance_threshold"}),
        (
            {"m": 5},
            {
                "D": 2,
                "fs_function": "incremental_feature_clustering",
                "function_kwargs": {"random_state": 1},
            },
        ),
    ],
    **{f"{name}_manifold_compression": cases for name, cases in EMBEDDINGS.items()},
    "manifold_compression": [
        (
            {"m": 4},
            {"D": 2, "manifold_function": "isomap_manifold", "function_kwargs": {"n_neighbors": 4}},
        ),
        ({"m": 3}, {"D": 2, "manifold_function": "mds_manifold"}),
    ],
    "naive_probabilistic_compression": [
        ({"m": 4}, {"k": 2}),
        ({"m": 4}, {"k": 2, "distribution_function": "normal", "simply_sampling": False}),
        (
            {"m": 4},
            {
                "k": 2,
                "distribution_function": {"name": "gamma", "rate": 2.0},
                "metric": "sigmoid",
                "require_normalization": False,
                "simply_sampling": False,
                "log_prob": True,
            },
        ),
    ],
    **{
        f"naive_{name}_probabilistic_compression": [
            ({"m": 5}, {"k": 3}),
            ({"m": 5}, {"k": 3, "simply_sampling": False, "metric": "tanh", **options}),
            ({"m": 4}, {"k": 4, "simply_sampling": False, "log_prob": True, **options}),
            ({"m": 4}, {"k": 3, "with_replacement": True, **options}),
        ]
        for name, options in DENSITIES.items()
    },
    "combinatorial_compression": [
        ({"m": 4}, {"d": 2, "k": 3}),
        ({"m": 6}, {"d": 3, "k": 2}),
        ({"m": 4}, {"d": 2, "k": 4, "with_replacement": True, **BOTH}),
        ({"m": 4}, {"d": 2, "k": 2, "simply_sampling": False, "metric": "tanh"}),
        (
            {"m": 4},
            {"k": 3, "simply_sampling": False, "log_prob": True, "require_normalization": False},
        ),
    ],
    "combinatorial_probabilistic_compression": [
        ({"m": 5}, {"d": 3, "k": 4}),
        ({"m": 4}, {"d": 2, "k": 2, "with_replacement": True}),
    ],
}

LEAST_ROWS: dict[str, int] = {
    "spectral_embedding_manifold_compression": 40,
    "mds_manifold_compression": 6,
    "tsne_manifold_compression": 9,
    "manifold_compression": 6,
}
"""Rows of an input, for embeddings that need more than a few."""


def fit_data(m: int, rows: int = 14) -> Tensor:
    """What an example is fitted to, (rows, m) in float64; the first feature varies most."""
    generator = torch.Generator().manual_seed(2)
    x = torch.randn(rows, m, generator=generator, dtype=torch.float64)
    return x * 3 / torch.arange(3, 3 + m)
