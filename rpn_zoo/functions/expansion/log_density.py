"""Logarithms of densities from one table of closed forms."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_positive_int
from rpn_zoo.functions.expansion.base import Expansion
from rpn_zoo.functions.expansion.exact import from_bits, to_bits
from rpn_zoo.functions.processing import Processing

Block: TypeAlias = tuple[str, float, float]
"""One distribution: a name of :data:`TABLE` and its two parameters."""


@dataclass(frozen=True)
class Family:
    """A row of the table.

    Attributes:
        constants: three numbers of a distribution from its two parameters.
        value: the log density from x (b, 1, m) and the three constants, each (K, 1).
    """

    constants: Callable[[float, float], tuple[float, float, float]]
    value: Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]


def affine(c: Tensor, weights: list[Tensor], features: list[Tensor]) -> Tensor:
    """The sums c + sum_f weights_f features_f, where K > 1 as one product.

    Args:
        c: (K, 1).
        weights: F tensors (K, 1).
        features: F tensors (b, 1, m), finite.

    Returns:
        (b, K, m); the gradient of the features is one product, too.
    """
    if c.shape[0] == 1:
        for weight, feature in zip(weights, features, strict=True):
            c = torch.addcmul(c, feature, weight)
        return c
    columns = torch.cat(weights, dim=1).expand(features[0].shape[0], -1, -1)
    return torch.baddbmm(c, columns, torch.cat(features, dim=1))


def squash(x: Tensor) -> Tensor:
    """The argument q = 0.99 sigmoid(x) + 0.001 of densities on the positive numbers."""
    return 0.99 * x.sigmoid() + 0.001


def _gamma_constants(alpha: float, beta: float) -> tuple[float, float, float]:
    return alpha * math.log(beta) - math.lgamma(alpha), alpha - 1, -beta


def _gamma_value(q: Tensor, c: Tensor, power: Tensor, slope: Tensor) -> Tensor:
    return affine(c, [power, slope], [q.log(), q])


TABLE: dict[str, Family] = {
    # -(x - mu)^2 / (2 s^2) - ln s - ln(2 pi) / 2
    "normal": Family(
        lambda mu, s: (-math.log(s) - 0.5 * math.log(2 * math.pi), mu, -0.5 / s**2),
        lambda x, c, mu, factor: torch.addcmul(c, (x - mu).square(), factor),
    ),
    # -ln(pi s) - ln(1 + ((x - mu) / s)^2)
    "cauchy": Family(
        lambda mu, s: (-math.log(math.pi * s), mu, 1 / s),
        lambda x, c, mu, factor: c - (((x - mu) * factor).square() + 1).log(),
    ),
    # -ln(2 s) - |x - mu| / s
    "laplace": Family(
        lambda mu, s: (-math.log(2 * s), mu, -1 / s),
        lambda x, c, mu, factor: torch.addcmul(c, (x - mu).abs(), factor),
    ),
    # alpha ln beta - lnGamma(alpha) + (alpha - 1) ln q - beta q
    "gamma": Family(
        _gamma_constants, lambda x, c, power, slope: _gamma_value(squash(x), c, power, slope)
    ),
    # chi2(k) = Gamma(k / 2, 1 / 2), at sigmoid(x) + 0.001
    "chi2": Family(
        lambda k, _: _gamma_constants(k / 2, 0.5),
        lambda x, c, power, slope: _gamma_value(x.sigmoid() + 0.001, c, power, slope),
    ),
    # ln lambda - lambda q, with q written out
    "exponential": Family(
        lambda rate, _: (math.log(rate) - 0.001 * rate, 0.0, -0.99 * rate),
        lambda x, c, _, slope: affine(c, [slope], [x.sigmoid()]),
    ),
}


class LogDensityExpansion(Expansion):
    """Blocks of width m, each the log density of a fixed distribution at every input; D = K m.

    A subclass names its K distributions. Neighbours of the same family are one broadcast of a
    closed form: about three passes over b K m numbers.

    Args:
        m: input width.
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data.
    """

    blocks: ClassVar[tuple[Block, ...]] = ()
    domain = "all real numbers"
    constant_bits: Tensor

    def __init__(
        self,
        m: int,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        width = check_positive_int("m", m) * len(self.blocks)
        super().__init__(m, width, preprocess_functions, postprocess_functions)
        runs = itertools.groupby(self.blocks, key=lambda block: block[0])
        self.runs = [(name, len(list(blocks))) for name, blocks in runs]
        numbers = [TABLE[name].constants(first, second) for name, first, second in self.blocks]
        # (K, 3, 1); fixed by the class: not saved.
        self.register_buffer("constant_bits", to_bits(numbers).unsqueeze(-1), persistent=False)

    def expand(self, x: Tensor) -> Tensor:
        """All log densities of every input: (b, m) -> (b, K m)."""
        constants = from_bits(self.constant_bits, x).split([count for _, count in self.runs])
        x = x.unsqueeze(1)
        values = [
            TABLE[name].value(x, *numbers.unbind(1))
            for (name, _), numbers in zip(self.runs, constants, strict=True)
        ]
        return (values[0] if len(values) == 1 else torch.cat(values, dim=1)).flatten(1)
