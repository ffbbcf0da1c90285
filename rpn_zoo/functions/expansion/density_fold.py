"""Log densities of one family as fixed sums of few features: what a product needs of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from torch import Tensor

from rpn_zoo.functions.expansion.squash import squash

Distribution: TypeAlias = tuple[float, float]


@dataclass(frozen=True)
class DensityFold:
    """K log densities as sums: value_k = sum_f factors[f][k] feature_f(x) + offsets[k].

    Attributes:
        features: the features, elementwise functions of x.
        factors: F rows of K numbers.
        offsets: K numbers.
    """

    features: tuple[Callable[[Tensor], Tensor], ...]
    factors: tuple[tuple[float, ...], ...]
    offsets: tuple[float, ...]


def _normal(given: Sequence[Distribution]) -> DensityFold:
    # -(x - mu)^2 / (2 s^2) = -x^2 / (2 s^2) + x mu / s^2 - mu^2 / (2 s^2)
    return DensityFold(
        (lambda x: x.square(), lambda x: x),
        (tuple(-0.5 / s**2 for _, s in given), tuple(mu / s**2 for mu, s in given)),
        tuple(-0.5 * (mu / s) ** 2 - math.log(s) - 0.5 * math.log(2 * math.pi) for mu, s in given),
    )


def _laplace(given: Sequence[Distribution]) -> DensityFold:
    centres = sorted({mu for mu, _ in given})
    return DensityFold(
        tuple(_distance(centre) for centre in centres),
        tuple(tuple(-1 / s if mu == centre else 0.0 for mu, s in given) for centre in centres),
        tuple(-math.log(2 * s) for _, s in given),
    )


def _distance(centre: float) -> Callable[[Tensor], Tensor]:
    return lambda x: (x - centre).abs()


def _gamma(given: Sequence[Distribution]) -> DensityFold:
    return DensityFold(
        (lambda x: squash(x).log(), squash),
        (tuple(alpha - 1 for alpha, _ in given), tuple(-beta for _, beta in given)),
        tuple(alpha * math.log(beta) - math.lgamma(alpha) for alpha, beta in given),
    )


def _exponential(given: Sequence[Distribution]) -> DensityFold:
    return DensityFold(
        (squash,),
        (tuple(-rate for rate, _ in given),),
        tuple(math.log(rate) for rate, _ in given),
    )


FOLDS: dict[str, Callable[[Sequence[Distribution]], DensityFold]] = {
    "normal": _normal,
    "laplace": _laplace,
    "gamma": _gamma,
    "exponential": _exponential,
}


def density_fold(blocks: Sequence[tuple[str, float, float]]) -> DensityFold | None:
    """The fold of distributions, or None where they do not have fewer features than blocks.

    Args:
        blocks: names and the two parameters of the distributions.

    Example:
        >>> fold = density_fold([("exponential", 1.0, 0.0), ("exponential", 2.0, 0.0)])
        >>> fold.factors, fold.offsets
        (((-1.0, -2.0),), (0.0, 0.6931471805599453))
        >>> density_fold([("cauchy", 0.0, 1.0)] * 6) is None
        True
    """
    (name, *others) = dict.fromkeys(block[0] for block in blocks)
    if others or name not in FOLDS:
        return None
    fold = FOLDS[name]([(first, second) for _, first, second in blocks])
    return fold if len(fold.features) < len(blocks) else None
