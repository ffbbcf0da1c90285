"""The beta wavelet."""

from __future__ import annotations

import math

from torch import Tensor
from torch.nn.functional import logsigmoid

from rpn_zoo.functions.checks import check_finite
from rpn_zoo.functions.expansion.wavelet import WaveletExpansion
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register
from rpn_zoo.functions.with_gradient import with_gradient


def beta_density(tau: Tensor, alpha: float, beta: float, log_beta: float) -> Tensor:
    """The density at the sigmoid of tau by its logarithm, finite however far that saturates."""
    if alpha == beta == 1:
        return 0 * tau.sigmoid() + 1  # the uniform density; NaN stays NaN
    logs = []  # each by a sigmoid of its own: 1 - u and ln u - tau lose all digits far out
    if alpha != 1:
        logs.append((alpha - 1) * logsigmoid(tau))
    if beta != 1:
        logs.append((beta - 1) * logsigmoid(-tau))
    return (sum(logs[1:], logs[0]) - log_beta).exp()


def beta_pullback(
    tau: Tensor, y: Tensor, g: Tensor, alpha: float, beta: float, log_beta: float
) -> Tensor:
    """The gradient of tau."""
    return g * y * ((alpha - 1) - (alpha + beta - 2) * tau.sigmoid())


@register
class BetaWaveletExpansion(WaveletExpansion):
    r"""The density of the beta distribution at the sigmoid of tau, in log form.

    .. math::
        \psi(\tau) = \frac{u^{\alpha-1} (1-u)^{\beta-1}}{B(\alpha, \beta)}, \quad u = \sigma(\tau)

    Always squashed by the sigmoid, so that rows do not depend on each other.

    On the grid and with the products of :class:`WaveletExpansion`.

    Args:
        m: input width.
        d: highest order of products, >= 1.
        s: number of scales, >= 1.
        t: number of shifts, >= 1.
        a: ratio of the scales, >= 1 (with 1 all scales are equal, which gives a warning).
        b: distance of the shifts, >= 0.
        alpha: first parameter of the density, >= 1.
        beta: second parameter of the density, >= 1.
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data.

    Example:
        >>> import torch
        >>> BetaWaveletExpansion(m=1, alpha=2.0, beta=2.0)(torch.tensor([[0.0]]))
        tensor([[1.5000]])
    """

    formula = "kappa(x) = powers up to d of a^(-p/2) psi(x_i / a^p - q b), psi a beta density"
    source = "de Oliveira and de Araujo (2005), beta wavelets; RPN, arXiv:2407.04819, section 5.1"

    def __init__(
        self,
        m: int,
        d: int = 1,
        s: int = 1,
        t: int = 1,
        a: float = 1.0,
        b: float = 1.0,
        alpha: float = 1.0,
        beta: float = 1.0,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        super().__init__(m, d, s, t, a, b, preprocess_functions, postprocess_functions)
        self.alpha, self.beta = check_finite("alpha", alpha), check_finite("beta", beta)
        for name, value in (("alpha", self.alpha), ("beta", self.beta)):
            if value < 1:
                raise ValueError(f"{name} must be >= 1, got {value!r}.")
        both = math.lgamma(self.alpha) + math.lgamma(self.beta)
        self.log_beta = both - math.lgamma(self.alpha + self.beta)

    def psi(self, tau: Tensor) -> Tensor:
        """The density."""
        numbers = self.alpha, self.beta, self.log_beta
        return with_gradient(beta_density, beta_pullback, tau, *numbers)
