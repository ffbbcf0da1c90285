"""The difference of two Gaussians as a wavelet."""

from __future__ import annotations

import math

from torch import Tensor

from rpn_zoo.functions.expansion.wavelet import WaveletExpansion, check_width
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


@register
class DogWaveletExpansion(WaveletExpansion):
    r"""The difference of two normal densities.

    .. math::
        \psi(\tau) = N(\tau; 0, \sigma_1) - N(\tau; 0, \sigma_2)

    On the grid and with the products of :class:`WaveletExpansion`.

    Args:
        m: input width.
        d: highest order of products, >= 1.
        s: number of scales, >= 1.
        t: number of shifts, >= 1.
        a: ratio of the scales, >= 1 (with 1 all scales are equal, which gives a warning).
        b: distance of the shifts, >= 0.
        sigma_1: standard deviation of the first density, > 0.
        sigma_2: standard deviation of the second density, > 0.
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data.

    Example:
        >>> import torch
        >>> DogWaveletExpansion(m=1)(torch.tensor([[0.0]]))
        tensor([[0.1995]])
    """

    formula = "kappa(x) = powers up to d of a^(-p/2) psi(x_i / a^p - q b), psi = N_1 - N_2"
    source = (
        "Marr and Hildreth (1980), doi:10.1098/rspb.1980.0020; RPN, arXiv:2407.04819, section 5.1"
    )

    def __init__(
        self,
        m: int,
        d: int = 1,
        s: int = 1,
        t: int = 1,
        a: float = 1.0,
        b: float = 1.0,
        sigma_1: float = 1.0,
        sigma_2: float = 2.0,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        super().__init__(m, d, s, t, a, b, preprocess_functions, postprocess_functions)
        self.sigma_1 = check_width("sigma_1", sigma_1)
        self.sigma_2 = check_width("sigma_2", sigma_2)

    def psi(self, tau: Tensor) -> Tensor:
        """The difference of the densities."""
        square = tau.square()
        return _normal(square, self.sigma_1) - _normal(square, self.sigma_2)


def _normal(square: Tensor, sigma: float) -> Tensor:
    """The density N(tau; 0, sigma) from tau^2."""
    return (square * (-0.5 / sigma**2)).exp() * (1 / (sigma * math.sqrt(2 * math.pi)))
