"""Sizes and options with which the compressions are timed, and what they are fitted to."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

FIT_ROWS = 64
"""Rows to which a compression is fitted before its evaluation is timed."""


def options(name: str, m: int, rows: int) -> dict[str, Any]:
    """The options of a compression of m features to a few, for batches of ``rows`` rows.

    Args:
        name: the registry key.
        m: input width.
        rows: the batch, which bounds what an embedding of its rows can take.
    """
    D = max(1, min(32, m // 2))
    if name == "metric_compression":
        return {"metric": "std"}
    if name == "extended_compression":
        pca = {"name": "incremental_PCA_based_compression", "D": D}
        return {"functions": [pca, "identity_compression"]}
    if name == "nested_compression":
        pca = {"name": "incremental_PCA_based_compression", "D": D}
        return {"functions": [pca, "max_compression"]}
    if name == "tsne_manifold_compression":
        return {"D": min(2, D), "perplexity": min(10.0, rows / 2)}
    if "manifold" in name:
        return {"D": min(2, D)}
    if name.startswith("combinatorial"):
        return {"d": 2, "k": max(1, min(16, m // 2))}
    if name.endswith("probabilistic_compression"):
        return {"k": D}
    if name.endswith(("_based_compression", "reduction_compression", "selection_compression")):
        return {"D": D} if "geometric" not in name else {}
    return {}


def width(name: str, m: int, numbers: int) -> int:
    """The input width: m, or less where all pairs of features are at most ``numbers``."""
    if not name.startswith("combinatorial"):
        return m
    return min(m, math.isqrt(2 * numbers))


def fit_data(m: int) -> Tensor:
    """What a compression is fitted to: correlated features."""
    generator = torch.Generator().manual_seed(2)
    hidden = torch.randn(FIT_ROWS, m, generator=generator)
    return hidden.cumsum(1) / math.sqrt(m)
