"""Chebyshev polynomials of the first kind."""

from __future__ import annotations

from torch import Tensor

from rpn_zoo.functions.expansion.polynomial import PolynomialExpansion
from rpn_zoo.functions.registry import register


@register
class ChebyshevExpansion(PolynomialExpansion):
    r"""Chebyshev polynomials of the first kind, :math:`T_n(\cos\theta) = \cos n\theta`.

    .. math::
        T_0 = 1, \quad T_1 = x, \quad T_n = 2 x T_{n-1} - T_{n-2}

    Args:
        m: input width.
        d: highest degree, >= 1; the polynomial of degree 0 is left out.
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data.

    Example:
        >>> import torch
        >>> ChebyshevExpansion(m=1, d=3)(torch.tensor([[2.0]]))
        tensor([[ 2.,  7., 26.]])
    """

    formula = "kappa(x)[i d + n - 1] = T_n(x_i), n = 1..d, D = m d"
    source = "NIST DLMF 18.9; RPN, arXiv:2407.04819, section 5.1"
    domain = "all real numbers; orthogonal on [-1, 1], grows like |x|^d outside"

    def start(self, x: Tensor) -> tuple[float | Tensor, Tensor]:
        """T_0 = 1 and T_1 = x."""
        return 1.0, x

    def step(self, n: int, x: Tensor, last: Tensor, older: float | Tensor) -> Tensor:
        """T_n = 2 x T_(n-1) - T_(n-2)."""
        return 2 * x * last - older
