"""Hermite polynomials of the probabilists."""

from __future__ import annotations

from torch import Tensor

from rpn_zoo.functions.expansion.polynomial import PolynomialExpansion
from rpn_zoo.functions.registry import register


@register
class HermiteExpansion(PolynomialExpansion):
    r"""The probabilists' Hermite polynomials.

    .. math::
        He_0 = 1, \quad He_1 = x, \quad He_n = x He_{n-1} - (n-1) He_{n-2}

    Args:
        m: input width.
        d: highest degree, >= 1; the polynomial of degree 0 is left out.
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data.

    Example:
        >>> import torch
        >>> HermiteExpansion(m=1, d=3)(torch.tensor([[2.0]]))
        tensor([[2., 3., 2.]])
    """

    formula = "kappa(x)[i d + n - 1] = He_n(x_i), n = 1..d, D = m d"
    source = "NIST DLMF 18.9; RPN, arXiv:2407.04819, section 5.1"
    domain = "all real numbers; orthogonal under the standard normal density"

    def start(self, x: Tensor) -> tuple[float | Tensor, Tensor]:
        """He_0 = 1 and He_1 = x."""
        return 1.0, x

    def step(self, n: int, x: Tensor, last: Tensor, older: float | Tensor) -> Tensor:
        """He_n = x He_(n-1) - (n - 1) He_(n-2)."""
        return x * last - (n - 1) * older
