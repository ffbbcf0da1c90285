"""Ricker's wavelet."""

from __future__ import annotations

import math

from torch import Tensor

from rpn_zoo.functions.expansion.wavelet import WaveletExpansion, check_width
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register
from rpn_zoo.functions.with_gradient import with_gradient


def ricker(tau: Tensor, sigma: float) -> Tensor:
    """The Mexican hat, of any shape."""
    u = _square(tau, sigma)
    height = _height(sigma)
    return (height - (height / sigma**2) * u) * ((-0.5 / sigma**2) * u).exp()


def ricker_pullback(tau: Tensor, y: Tensor, g: Tensor, sigma: float) -> Tensor:
    """The gradient of tau."""
    u = _square(tau, sigma)
    height = _height(sigma) / sigma**2
    hat = ((height / sigma**2) * u - 3 * height) * ((-0.5 / sigma**2) * u).exp()
    return g * (tau * hat)


def _square(tau: Tensor, sigma: float) -> Tensor:
    # From 2000 on the exponential is 0 in every dtype; unbounded squares would give inf * 0.
    return (tau * tau).clamp(max=2000 * sigma**2)


def _height(sigma: float) -> float:
    return 2 / (math.sqrt(3 * sigma) * math.pi**0.25)


@register
class RickerWaveletExpansion(WaveletExpansion):
    r"""Ricker's wavelet, the second derivative of a Gaussian (Mexican hat).

    .. math::
        \psi(\tau) = \frac{2}{\sqrt{3 \sigma}\, \pi^{1/4}}
        \Big(1 - \frac{\tau^2}{\sigma^2}\Big) \exp\Big(-\frac{\tau^2}{2 \sigma^2}\Big)

    On the grid and with the products of :class:`WaveletExpansion`.

    Args:
        m: input width.
        d: highest order of products, >= 1.
        s: number of scales, >= 1.
        t: number of shifts, >= 1.
        a: ratio of the scales, >= 1 (with 1 all scales are equal, which gives a warning).
        b: distance of the shifts, >= 0.
        sigma: the width, > 0.
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data.

    Example:
        >>> import torch
        >>> RickerWaveletExpansion(m=2)(torch.tensor([[0.0, 1.0]]))
        tensor([[0.8673, 0.0000]])
    """

    formula = "kappa(x) = powers up to d of a^(-p/2) psi(x_i / a^p - q b), psi the Mexican hat"
    source = "Ricker (1953), doi:10.1190/1.1437843; RPN, arXiv:2407.04819, section 5.1"

    def __init__(
        self,
        m: int,
        d: int = 1,
        s: int = 1,
        t: int = 1,
        a: float = 1.0,
        b: float = 1.0,
        sigma: float = 1.0,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        super().__init__(m, d, s, t, a, b, preprocess_functions, postprocess_functions)
        self.sigma = check_width("sigma", sigma)

    def psi(self, tau: Tensor) -> Tensor:
        """The Mexican hat."""
        return with_gradient(ricker, ricker_pullback, tau, self.sigma)
