"""Haar's wavelet."""

from __future__ import annotations

from torch import Tensor

from rpn_zoo.functions.expansion.wavelet import WaveletExpansion
from rpn_zoo.functions.registry import register


@register
class HarrWaveletExpansion(WaveletExpansion):
    r"""Haar's wavelet (the spelling of the key is that of the source).

    .. math::
        \psi(\tau) = 1 \text{ on } [0, \tfrac12), \quad
        -1 \text{ on } [\tfrac12, 1), \quad 0 \text{ elsewhere}

    It is constant between its steps: nothing below a layer that begins with it gets a gradient.

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
        >>> import torch
        >>> HarrWaveletExpansion(m=3)(torch.tensor([[0.2, 0.7, 1.0]]))
        tensor([[ 1., -1.,  0.]])
    """

    formula = "kappa(x) = powers up to d of a^(-p/2) psi(x_i / a^p - q b), psi = 1, then -1"
    source = "Haar (1910), doi:10.1007/BF01456326; RPN, arXiv:2407.04819, section 5.1"
    differentiable = False

    def psi(self, tau: Tensor) -> Tensor:
        """One, minus one or zero; NaN stays NaN."""
        # Which half of the interval, counted from its middle: -3/2, -1/2, 1/2 or 3/2.
        half = (2 * tau.detach()).floor_().clamp(-1, 2).sub_(0.5)
        # The cubic through (-3/2, 0), (-1/2, 1), (1/2, -1), (3/2, 0), exact in every dtype.
        return half * (half * half - 2.25)
