"""Logarithms of the probability densities by which features are sampled, as closed forms."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_choice, check_finite
from rpn_zoo.functions.expansion.log_density import TABLE


@dataclass(frozen=True)
class Density:
    """A row of the table: a density with up to two parameters.

    Attributes:
        parameters: names and default values.
        constants: three numbers from the parameters.
        value: the log density from x and the three constants, (1, 1) each, inside the support.
        support: whether x lies in the support, from x and the parameters; None: everywhere.
        positive: the parameters that must be > 0.
    """

    parameters: Mapping[str, float]
    constants: Callable[..., tuple[float, float, float]]
    value: Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]
    support: Callable[..., Tensor] | None = None
    positive: tuple[str, ...] = ()


def _gamma(concentration: float, rate: float) -> tuple[float, float, float]:
    return TABLE["gamma"].constants(concentration, rate)


def _gamma_value(x: Tensor, c: Tensor, power: Tensor, slope: Tensor) -> Tensor:
    return torch.addcmul(torch.addcmul(c, x.log(), power), x, slope)


def _positive(x: Tensor, *parameters: float) -> Tensor:
    return x > 0


DENSITIES: dict[str, Density] = {
    # -ln(high - low)
    "uniform": Density(
        {"low": 0.0, "high": 1.0},
        lambda low, high: (-math.log(high - low), 0.0, 0.0),
        lambda x, c, zero, _: torch.addcmul(c, x, zero),
        lambda x, low, high: (x >= low) & (x <= high),
    ),
    **{
        name: Density(parameters, TABLE[name].constants, TABLE[name].value, None, (scale,))
        for name, parameters, scale in (
            ("normal", {"mean": 0.0, "std": 1.0}, "std"),
            ("cauchy", {"loc": 0.0, "scale": 1.0}, "scale"),
            ("laplace", {"loc": 0.0, "scale": 1.0}, "scale"),
        )
    },
    # a ln r - lnGamma(a) + (a - 1) ln x - r x
    "gamma": Density(
        {"concentration": 1.0, "rate": 1.0},
        _gamma,
        _gamma_value,
        _positive,
        ("concentration", "rate"),
    ),
    # chi2(df) = Gamma(df / 2, 1 / 2)
    "chi2": Density({"df": 1.0}, lambda df: _gamma(df / 2, 0.5), _gamma_value, _positive, ("df",)),
    # ln rate - rate x
    "exponential": Density(
        {"rate": 0.5},
        lambda rate: (math.log(rate), 0.0, -rate),
        lambda x, c, _, slope: torch.addcmul(c, x, slope),
        lambda x, rate: x >= 0,
        ("rate",),
    ),
}
"""The densities by name; those that expansions have, too, are theirs."""


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
