"""Bessel polynomials."""

from __future__ import annotations

from torch import Tensor

from rpn_zoo.functions.expansion.polynomial import PolynomialExpansion
from rpn_zoo.functions.registry import register


@register
class BesselExpansion(PolynomialExpansion):
    r"""The Bessel polynomials (of Krall and Frink).

    .. math::
        y_0 = 1, \quad y_1 = 1 + x, \quad y_n = (2n-1) x y_{n-1} + y_{n-2}

    Args:
        m: input width.
        d: highest degree, >= 1; the polynomial of degree 0 is left out.
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data.

    Example:
        >>> import torch
        >>> BesselExpansion(m=1, d=3)(torch.tensor([[1.0]]))
        tensor([[ 2.,  7., 37.]])
    """

    formula = "kappa(x)[i d + n - 1] = y_n(x_i), n = 1..d, D = m d"
    source = "Krall and Frink (1949), doi:10.2307/1990516; RPN, arXiv:2407.04819, section 5.1"
    domain = "all real numbers; grows like (2 d)^d |x|^d"

    def start(self, x: Tensor) -> tuple[float | Tensor, Tensor]:
        """y_0 = 1 and y_1 = 1 + x."""
        return 1.0, 1 + x

    def step(self, n: int, x: Tensor, last: Tensor, older: float | Tensor) -> Tensor:
        """y_n = (2 n - 1) x y_(n-1) + y_(n-2)."""
        return (2 * n - 1) * x * last + older
