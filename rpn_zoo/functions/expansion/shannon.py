"""Shannon's wavelet."""

from __future__ import annotations

import math

from torch import Tensor

from rpn_zoo.functions.expansion.sinc import sinc
from rpn_zoo.functions.expansion.wavelet import WaveletExpansion
from rpn_zoo.functions.registry import register


@register
class ShannonWaveletExpansion(WaveletExpansion):
    r"""Shannon's wavelet.

    .. math::
        \psi(\tau) = \frac{\sin 2 \pi \tau - \sin \pi \tau}{\pi \tau}
        = \cos(\tfrac32 \pi \tau)\, \mathrm{sinc}(\tfrac12 \tau), \quad \psi(0) = 1

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
        >>> ShannonWaveletExpansion(m=2)(torch.tensor([[0.0, 1.0]])).round(decimals=4)
        tensor([[1., 0.]])
    """

    formula = "kappa(x) = powers up to d of a^(-p/2) psi(x_i / a^p - q b), psi of Shannon"
    source = "Mallat, A Wavelet Tour of Signal Processing (2009); RPN, arXiv:2407.04819"

    def psi(self, tau: Tensor) -> Tensor:
        """The product form, which has no singular point and subtracts nothing."""
        return (1.5 * math.pi * tau).cos() * sinc(0.5 * tau)
