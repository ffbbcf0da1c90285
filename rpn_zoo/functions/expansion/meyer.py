"""Meyer's wavelet in closed form."""

from __future__ import annotations

import math
from typing import NamedTuple, TypeAlias

import torch
from torch import Tensor

from rpn_zoo.functions.expansion.removable import below, choose, power_series
from rpn_zoo.functions.expansion.wavelet import WaveletExpansion
from rpn_zoo.functions.registry import register
from rpn_zoo.functions.with_gradient import with_gradient

Terms: TypeAlias = list[float]

SCALE = 4 / (3 * math.pi)
AROUND_0 = 0.25
"""Of v = 4 tau / 3: the distance from 0 up to which a series is used."""
AROUND_1 = 0.25
"""The same from 1."""


def _series_around_0(count: int) -> Terms:
    """Psi as a series in v^2: the numerator's series over v, divided by 1 - v^2."""
    half, whole = math.pi / 2, math.pi
    numerator = [
        (-1) ** k * (half ** (2 * k + 1) / (2 * k + 1) + whole ** (2 * k)) / math.factorial(2 * k)
        for k in range(count)
    ]
    return [SCALE * math.fsum(numerator[: k + 1]) for k in range(count)]


def _series_around_1(count: int) -> Terms:
    """Psi as a series in delta = v - 1.

    The numerator is cos(pi delta / 2) - (1 + delta) cos(pi delta), the denominator
    -delta (1 + delta) (2 + delta), and 1 / ((1 + delta) (2 + delta)) a difference of two series.
    """

    def cosine(frequency: float, k: int) -> float:
        return 0.0 if k % 2 else (-1) ** (k // 2) * frequency**k / math.factorial(k)

    numerator = [
        cosine(math.pi, k) + cosine(math.pi, k - 1) - cosine(math.pi / 2, k)
        for k in range(1, count + 1)
    ]
    reciprocal = [(-1) ** k * (1 - 0.5 ** (k + 1)) for k in range(count)]
    return [
        SCALE * math.fsum(numerator[j] * reciprocal[k - j] for j in range(k + 1))
        for k in range(count)
    ]


SERIES_0, SERIES_1 = _series_around_0(10), _series_around_1(22)
SLOPES_0 = [2 * k * term for k, term in enumerate(SERIES_0)][1:]  # divided by v
SLOPES_1 = [k * term for k, term in enumerate(SERIES_1)][1:]


class Point(NamedTuple):
    """Where an input lies, each of the shape of tau."""

    v: Tensor
    delta: Tensor
    near_0: Tensor
    near_1: Tensor


def meyer(tau: Tensor) -> Tensor:
    """The formula directly, with one sine, or by a series around its removable singularities.

    With w = sin(pi v / 2), v = 4 |tau| / 3, it is 4 / (3 pi) (w + v (1 - 2 w^2)) / (v (1 - v^2)).
    """
    at = _point(tau)
    w = (0.5 * math.pi * at.v).sin_()
    direct = SCALE * (w / (at.v + at.near_0) + 1 - 2 * w * w) / _bottom(at)
    by_0, by_1 = _series(at, SERIES_0, SERIES_1)
    return choose(at.near_0, by_0, choose(at.near_1, by_1, direct))


def meyer_pullback(tau: Tensor, y: Tensor, g: Tensor) -> Tensor:
    """The gradient of tau, by the quotient rule or by the series."""
    at = _point(tau)
    angle, v = (0.5 * math.pi) * at.v, at.v + at.near_0
    w, c = angle.sin(), angle.cos()
    top = ((0.5 * math.pi) * c + 1 - 2 * w * w) / v - (2 * math.pi) * w * c
    direct = tau.sign() * ((SCALE * top + 2 * y * v) / _bottom(at) - y / v)
    by_0, by_1 = _series(at, SLOPES_0, SLOPES_1)
    by_0 = by_0 * ((4 / 3) * tau).clamp(-AROUND_0, AROUND_0)
    slope = choose(at.near_0, by_0, choose(at.near_1, tau.sign() * by_1, direct))
    return g * ((4 / 3) * slope)


def _point(tau: Tensor) -> Point:
    size = tau.abs()
    v, delta = (4 / 3) * size, (4 / 3) * (size - 0.75)
    return Point(v, delta, below(v, AROUND_0), below(delta.abs(), AROUND_1))


def _bottom(at: Point) -> Tensor:
    """1 - v^2; anything but 0 where the series is used."""
    return at.near_1 - at.delta * (at.delta + 2)


def _series(at: Point, around_0: Terms, around_1: Terms) -> tuple[Tensor, Tensor]:
    """Both series, finite everywhere."""
    if at.v.dtype != torch.float64:  # fewer digits need fewer terms
        around_0, around_1 = around_0[:6], around_1[:12]
    by_0 = power_series(at.v.clamp(max=AROUND_0).square(), around_0)
    return by_0, power_series(at.delta.clamp(-AROUND_1, AROUND_1), around_1)


@register
class MeyerWaveletExpansion(WaveletExpansion):
    r"""Meyer's scaling function in closed form, used as a wavelet.

    .. math::
        \psi(\tau) = \frac{\sin \frac{2 \pi \tau}{3} + \frac{4 \tau}{3} \cos \frac{4 \pi \tau}{3}}
        {\pi \tau - \frac{16}{9} \pi \tau^3},
        \quad \psi(0) = \tfrac23 + \tfrac{4}{3 \pi}, \quad \psi(\pm \tfrac34) = \tfrac{2}{3 \pi}

    The removable singularities are removed: values and gradients are accurate there and around.

    On the grid and with the products of :class:`WaveletExpansion`.

    Args:
        m: input width.
        d: highest order of products, >= 1.
        s: number of scales, >= 1.
        t: number of shifts, >= 1.
        a: ratio of the scales, >= 1 (with 1 all scales are equal, which gives a warning).
        b: distance of the shifts, >= 0.
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data.

    Example:
        >>> MeyerWaveletExpansion(m=2)(torch.tensor([[0.0, 0.75]]))
        tensor([[1.0911, 0.2122]])
    """

    formula = "kappa(x) = powers up to d of a^(-p/2) psi(x_i / a^p - q b), psi of Meyer"
    source = "Valenzuela and de Oliveira (2015); RPN, arXiv:2407.04819, section 5.1"

    def psi(self, tau: Tensor) -> Tensor:
        """The wavelet itself, of any shape."""
        return with_gradient(meyer, meyer_pullback, tau)
