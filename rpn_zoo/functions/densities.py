"""Logarithms of probability densities: one table of closed forms, for expansions and sampling."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_choice, check_finite


@dataclass(frozen=True)
class Density:
    """A row of the table: a density with up to two parameters.

    Attributes:
        parameters: names and default values.
        constants: three numbers from the parameters.
        value: the log density from x and the three constants, inside the support.
        support: whether x lies in the support, from x and the parameters; None: everywhere.
        positive: the parameters that must be > 0.
    """

    parameters: Mapping[str, float]
    constants: Callable[..., tuple[float, float, float]]
    value: Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]
    support: Callable[..., Tensor] | None = None
    positive: tuple[str, ...] = ()


def squash(x: Tensor) -> Tensor:
    """The argument q = 0.99 sigmoid(x) + 0.001 of densities on the positive numbers."""
    return 0.99 * x.sigmoid() + 0.001


def _gamma(alpha: float, beta: float) -> tuple[float, float, float]:
    return alpha * math.log(beta) - math.lgamma(alpha), alpha - 1, -beta


def _gamma_value(x: Tensor, c: Tensor, power: Tensor, slope: Tensor) -> Tensor:
    return torch.addcmul(torch.addcmul(c, x.log(), power), x, slope)


DENSITIES: dict[str, Density] = {
    # -ln(high - low)
    "uniform": Density(
        {"low": 0.0, "high": 1.0},
        lambda low, high: (-math.log(high - low), 0.0, 0.0),
        lambda x, c, zero, _: torch.addcmul(c, x, zero),
        lambda x, low, high: (x >= low) & (x <= high),
    ),
    # -(x - mean)^2 / (2 std^2) - ln std - ln(2 pi) / 2
    "normal": Density(
        {"mean": 0.0, "std": 1.0},
        lambda mean, std: (-math.log(std) - 0.5 * math.log(2 * math.pi), mean, -0.5 / std**2),
        lambda x, c, mean, factor: torch.addcmul(c, (x - mean).square(), factor),
        positive=("std",),
    ),
    # -ln(pi scale) - ln(1 + ((x - loc) / scale)^2)
    "cauchy": Density(
        {"loc": 0.0, "scale": 1.0},
        lambda loc, scale: (-math.log(math.pi * scale), loc, 1 / scale),
        lambda x, c, loc, factor: c - (((x - loc) * factor).square() + 1).log(),
        positive=("scale",),
    ),
    # -ln(2 scale) - |x - loc| / scale
    "laplace": Density(
        {"loc": 0.0, "scale": 1.0},
        lambda loc, scale: (-math.log(2 * scale), loc, -1 / scale),
        lambda x, c, loc, factor: torch.addcmul(c, (x - loc).abs(), factor),
        positive=("scale",),
    ),
    # a ln r - lnGamma(a) + (a - 1) ln x - r x
    "gamma": Density(
        {"concentration": 1.0, "rate": 1.0},
        _gamma,
        _gamma_value,
        lambda x, concentration, rate: x > 0,
        positive=("concentration", "rate"),
    ),
    # chi2(df) = Gamma(df / 2, 1 / 2)
    "chi2": Density(
        {"df": 1.0},
        lambda df: _gamma(df / 2, 0.5),
        _gamma_value,
        lambda x, df: x > 0,
        positive=("df",),
    ),
    # ln rate - rate x
    "exponential": Density(
        {"rate": 0.5},
        lambda rate: (math.log(rate), 0.0, -rate),
        lambda x, c, _, slope: torch.addcmul(c, x, slope),
        lambda x, rate: x >= 0,
        positive=("rate",),
    ),
}


def density_parameters(argument: str, name: str, given: Mapping[str, Any]) -> tuple[float, ...]:
    """All parameters of a density, in order, from those that are given.

    Raises:
        ValueError: for an unknown density or parameter, or a value that is not allowed.

    Example:
        >>> density_parameters("distribution_function", "normal", {"std": 2})
        (0.0, 2.0)
    """
    density = DENSITIES[check_choice(argument, name, DENSITIES)]
    for key in given:
        check_choice(f"{argument}: a parameter of {name}", key, density.parameters)
    values = {key: check_finite(key, given.get(key, v)) for key, v in density.parameters.items()}
    for key in density.positive:
        if values[key] <= 0:
            raise ValueError(f"{key} must be > 0, got {values[key]!r}.")
    if name == "uniform" and values["low"] >= values["high"]:
        raise ValueError(f"low must be < high, got {values['low']!r}, {values['high']!r}.")
    return tuple(values.values())
