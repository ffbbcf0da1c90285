"""Legendre polynomials."""

from __future__ import annotations

from torch import Tensor

from rpn_zoo.functions.expansion.polynomial import PolynomialExpansion
from rpn_zoo.functions.registry import register


@register
class LegendreExpansion(PolynomialExpansion):
    r"""The Legendre polynomials.

    .. math::
        P_0 = 1, \quad P_1 = x, \quad n P_n = (2n-1) x P_{n-1} - (n-1) P_{n-2}

    Args:
        m: input width.
        d: highest degree, >= 1; the polynomial of degree 0 is left out.
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data.

    Example:
        >>> import torch
        >>> LegendreExpansion(m=1, d=3)(torch.tensor([[2.0]]))
        tensor([[ 2.0000,  5.5000, 17.0000]])
    """

    formula = "kappa(x)[i d + n - 1] = P_n(x_i), n = 1..d, D = m d"
    source = "NIST DLMF 18.9; RPN, arXiv:2407.04819, section 5.1"
    domain = "all real numbers; orthogonal on [-1, 1], grows like |x|^d outside"

    def start(self, x: Tensor) -> tuple[float | Tensor, Tensor]:
        """P_0 = 1 and P_1 = x."""
        return 1.0, x

    def step(self, n: int, x: Tensor, last: Tensor, older: float | Tensor) -> Tensor:
        """P_n from n P_n = (2 n - 1) x P_(n-1) - (n - 1) P_(n-2)."""
        return ((2 * n - 1) / n) * x * last - ((n - 1) / n) * older
