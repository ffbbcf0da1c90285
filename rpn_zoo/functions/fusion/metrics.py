"""The statistics that metric_fusion knows by name: (K, ...) -> (...)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import torch
from torch import Tensor

Statistic: TypeAlias = "Callable[[Tensor], Tensor]"


def harmonic_mean(x: Tensor) -> Tensor:
    """K / sum(1/x) over axis 0, for x > 0."""
    return x.shape[0] / x.reciprocal().sum(0)


def geometric_mean(x: Tensor) -> Tensor:
    """exp(mean(log x)) over axis 0, for x > 0."""
    return x.log().mean(0).exp()


def skewness(x: Tensor) -> Tensor:
    """mean((x - mean)^3) / (s^3 + 1e-12) over axis 0, s the population's standard deviation."""
    centred = x - x.mean(0)
    return centred.pow(3).mean(0) / (centred.square().mean(0).pow(1.5) + 1e-12)


def entropy(x: Tensor) -> Tensor:
    """-sum(x log x) over axis 0, for probabilities x."""
    return -torch.xlogy(x, x).sum(0)


def mode(x: Tensor) -> Tensor:
    """The most frequent value over axis 0, the smallest if several; NaN if there is one."""
    return x.mode(0).values.masked_fill(x.isnan().any(0), torch.nan)


STATISTICS: dict[str, Statistic] = {
    "mean": lambda x: x.mean(0),
    "geometric_mean": geometric_mean,
    "harmonic_mean": harmonic_mean,
    "median": lambda x: x.median(0).values,
    "mode": mode,
    "variance": lambda x: x.var(0, correction=1),
    "std": lambda x: x.std(0, correction=1),
    "skewness": skewness,
    "entropy": entropy,
    "sum": lambda x: x.sum(0),
    "prod": lambda x: x.prod(0),
    "max": lambda x: x.max(0).values,
    "min": lambda x: x.min(0).values,
    "l1_norm": lambda x: torch.linalg.vector_norm(x, 1, dim=0),
    "l2_norm": lambda x: torch.linalg.vector_norm(x, 2, dim=0),
}
