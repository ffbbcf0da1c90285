"""Shannon's wavelet."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from rpn_zoo.functions.expansion.removable import below, choose, power_series
from rpn_zoo.functions.expansion.wavelet import WaveletExpansion
from rpn_zoo.functions.registry import register
from rpn_zoo.functions.with_gradient import with_gradient

NEAR = 0.5
"""The series is used for |pi tau| below."""
TERMS = [
    (-1) ** k * 2 * k * (2 ** (2 * k + 1) - 1) / math.factorial(2 * k + 1) for k in range(1, 11)
]
"""psi'(tau) / pi as a series in z = pi tau, divided by z."""


def shannon(tau: Tensor) -> Tensor:
    """The product sin(z) / z (2 cos z - 1), z = pi tau, which subtracts nothing near 0."""
    z = (math.pi * tau).abs_().clamp(min=torch.finfo(tau.dtype).tiny)  # even, constant near 0
    return z.sin().div_(z).mul_(z.cos().mul_(2).sub_(1))


def shannon_pullback(tau: Tensor, y: Tensor, g: Tensor) -> Tensor:
    r"""The gradient of tau: :math:`\psi' = \pi (2 \cos 2 z - \cos z - \psi) / z`."""
    z = math.pi * tau
    size = z.abs()
    far, cosine = size.clamp(min=NEAR), size.cos()
    direct = ((4 * cosine - 1) * cosine - 2 - y) / far / far
    terms = TERMS if tau.dtype == torch.float64 else TERMS[:6]
    series = power_series(size.clamp(max=NEAR).square(), terms)
    return g * (math.pi * choose(below(size, NEAR), series, direct) * z)


@register
class ShannonWaveletExpansion(WaveletExpansion):
    r"""Shannon's wavelet.

    .. math::
        \psi(\tau) = \frac{\sin 2 \pi \tau - \sin \pi \tau}{\pi \tau}
        , \quad \psi(0) = 1, \quad \psi'(0) = 0

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
        >>> ShannonWaveletExpansion(m=2)(torch.tensor([[0.0, 1.0]])).round(decimals=4)
        tensor([[1., 0.]])
    """

    formula = "kappa(x) = powers up to d of a^(-p/2) psi(x_i / a^p - q b), psi of Shannon"
    source = "Mallat, A Wavelet Tour of Signal Processing (2009); RPN, arXiv:2407.04819"

    def psi(self, tau: Tensor) -> Tensor:
        """The wavelet itself, of any shape."""
        return with_gradient(shannon, shannon_pullback, tau)
