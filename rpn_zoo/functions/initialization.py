"""Initialisation of fabricated weights: variance of W first, then of the factors it is made of."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_choice

INITS = ("fan_aware", "tinybig")


def dense_variance(n: int, D: int) -> float:
    """The variance of the entries of a good dense weight matrix (n, D): 2 / (n + D) (Glorot).

    Example:
        >>> dense_variance(2, 6)
        0.25
    """
    return 2.0 / (n + D)


def factor_std(variance: float, factors: int, terms: int = 1) -> float:
    """Standard deviation of each factor of a product, so that the product has a given variance.

    A sum of ``terms`` products of ``factors`` independent centred entries, each with variance s^2,
    has variance terms * s^(2 factors).

    Args:
        variance: the wanted variance of the result.
        factors: number k of factors multiplied in each term.
        terms: number of terms that are summed.

    Example:
        >>> round(factor_std(0.25, 2), 6)
        0.707107
    """
    return float((variance / terms) ** (1.0 / (2 * factors)))


def sigmoid_mean_square(variance: float, points: int = 2001) -> float:
    """The mean of sigmoid(z)^2 for z ~ N(0, variance), by the trapezoidal rule.

    Example:
        >>> round(sigmoid_mean_square(1.0), 4)
        0.2934
    """
    z = torch.linspace(-8.0, 8.0, points, dtype=torch.float64)
    density = torch.exp(-z.square() / 2)
    values = torch.sigmoid(z * math.sqrt(variance)).square()
    return float((values * density).sum() / density.sum())


def normal_(w: Tensor, std: float, generator: torch.Generator) -> Tensor:
    """Fill ``w`` in place with N(0, std^2) from ``generator`` (drawn on the CPU, then moved)."""
    with torch.no_grad():
        return w.copy_(torch.randn(w.shape, generator=generator, dtype=torch.float64) * std)


def tinybig_(w: Tensor, generator: torch.Generator) -> Tensor:
    """Fill the flat (C, l) matrix as tinybig's xavier_uniform does: U(+-sqrt(6 / (l + C))).

    Kept for comparison: the fans of the flat matrix say nothing about the fabricated W.
    """
    bound = math.sqrt(6.0 / (w.shape[0] + w.shape[1]))
    with torch.no_grad():
        u = torch.rand(w.shape, generator=generator, dtype=torch.float64)
        return w.copy_((2 * u - 1) * bound)


def check_init(init: str) -> str:
    """Return ``init`` if it is a known initialisation."""
    return check_choice("init", init, INITS)
