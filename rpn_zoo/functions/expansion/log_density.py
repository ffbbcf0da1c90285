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
from rpn_zoo.functions.expansion.density_fold import density_fold
from rpn_zoo.functions.expansion.exact import from_bits, to_bits
from rpn_zoo.functions.expansion.folded import FoldedExpansion
from rpn_zoo.functions.expansion.squash import squash
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


NARROWEST_FOLD = 1000
"""From this width D on a product of folded rows is faster (measured: 1.1 to 6 times)."""


class LogDensityExpansion(FoldedExpansion):
    """Blocks of width m, each the log density of a fixed distribution at every input; D = K m.

    A subclass names its K distributions. Neighbours of the same family are one broadcast of a
    closed form: about three passes over b K m numbers. Where all are fixed sums of fewer functions
    of x (of x^2 and x for the normal family), products with rows of W take those instead.

    Args:
        m: input width.
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data.
    """

    blocks: ClassVar[tuple[Block, ...]] = ()
    domain = "all real numbers"
    constant_bits: Tensor
    fold_bits: Tensor

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
        fold = density_fold(self.blocks)
        self.folds = fold is not None and self.D >= NARROWEST_FOLD
        rows = [] if fold is None else [*fold.factors, fold.offsets]
        self.register_buffer("fold_bits", to_bits(rows), persistent=False)  # (F + 1, K)

    def expand(self, x: Tensor) -> Tensor:
        """All log densities of every input: (b, m) -> (b, K m)."""
        constants = from_bits(self.constant_bits, x).split([count for _, count in self.runs])
        x = x.unsqueeze(1)
        values = [
            TABLE[name].value(x, *numbers.unbind(1))
            for (name, _), numbers in zip(self.runs, constants, strict=True)
        ]
        return (values[0] if len(values) == 1 else torch.cat(values, dim=1)).flatten(1)

    def features(self, x: Tensor) -> Tensor:
        """The functions of x whose fixed sums the log densities are: (b, m) -> (b, F m)."""
        fold = density_fold(self.blocks)
        if fold is None:
            return self.expand(x)
        return torch.cat([feature(x) for feature in fold.features], dim=-1)

    def fold(self, W: Tensor) -> tuple[Tensor, Tensor | None]:
        """The rows for :meth:`features` and the constants: (n, D) -> (n, F m), (n,)."""
        if not len(self.fold_bits):
            return W, None
        numbers = from_bits(self.fold_bits, W)
        blocks = W.unflatten(-1, (len(self.blocks), -1))
        return (numbers[:-1] @ blocks).flatten(1), blocks.sum(-1) @ numbers[-1]
