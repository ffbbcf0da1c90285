"""Meyer's wavelet in closed form."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from rpn_zoo.functions.expansion.sinc import sinc
from rpn_zoo.functions.expansion.wavelet import WaveletExpansion
from rpn_zoo.functions.registry import register


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
        """Two forms of the formula, each used where it subtracts nothing from nearly the same."""
        v = (4 / 3) * tau
        near = v.abs() < 0.5
        # Around 0: sinc(v/2) pi/2 + cos(pi v) over 1 - v^2; a branch not taken gets a safe v.
        inner = torch.where(near, v, 0.0)
        top = (math.pi / 2) * sinc(0.5 * inner) + (math.pi * inner).cos()
        by_inner = top / (1 - inner * inner)
        # Elsewhere, with delta = |v| - 1 divided out of numerator and denominator.
        distance = (4 / 3) * (torch.where(near, 0.75, tau.abs()) - 0.75)
        quarter = (math.pi / 4) * distance
        top = (4 * quarter).cos() - (1.5 * math.pi) * sinc(0.75 * distance) * quarter.sin()
        # Two divisions: the product of the divisors overflows earlier.
        by_outer = top / (1 + distance) / (2 + distance)
        return (4 / (3 * math.pi)) * torch.where(near, by_inner, by_outer)
